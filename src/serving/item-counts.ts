import { setImmediate } from 'node:timers/promises';
import { nextStart, startOf, type Unit } from './calendar-days.ts';

/** Counts of a period: rows of one kind of periods, ordered by their first day. */
export interface CountRows {
  readonly day: Int32Array;
  /** Place of the item among the names. */
  readonly item: Uint32Array;
  readonly plays: Uint32Array;
  readonly streams: Uint32Array;
  readonly skips: Uint32Array;
  /** Those of the best day: listeners of several days can't be added up. */
  readonly listeners: Uint32Array;
  readonly msPlayed: Float64Array;
}

export const countRows = (length: number): CountRows => ({
  day: new Int32Array(length),
  item: new Uint32Array(length),
  plays: new Uint32Array(length),
  streams: new Uint32Array(length),
  skips: new Uint32Array(length),
  listeners: new Uint32Array(length),
  msPlayed: new Float64Array(length),
});

/** Sums by item, reused by one question after the other: only items that had counts are cleared. */
export class Sums {
  readonly plays: Float64Array;
  readonly streams: Float64Array;
  readonly skips: Float64Array;
  readonly listeners: Uint32Array;
  readonly msPlayed: Float64Array;
  readonly #seen: Uint8Array;
  readonly #items: Uint32Array;
  #length = 0;

  constructor(items: number) {
    this.plays = new Float64Array(items);
    this.streams = new Float64Array(items);
    this.skips = new Float64Array(items);
    this.listeners = new Uint32Array(items);
    this.msPlayed = new Float64Array(items);
    this.#seen = new Uint8Array(items);
    this.#items = new Uint32Array(items);
  }

  /** Items with counts. */
  get items(): Uint32Array {
    return this.#items.subarray(0, this.#length);
  }

  has(item: number): boolean {
    return this.#seen[item] === 1;
  }

  clear(): void {
    for (const item of this.items) {
      this.plays[item] = 0;
      this.streams[item] = 0;
      this.skips[item] = 0;
      this.listeners[item] = 0;
      this.msPlayed[item] = 0;
      this.#seen[item] = 0;
    }
    this.#length = 0;
  }

  /** Adds rows; the end is excluded. */
  add(rows: CountRows, from: number, to: number): void {
    const { plays, streams, skips, listeners, msPlayed } = this;
    const seen = this.#seen;
    for (let row = from; row < to; row += 1) {
      const item = rows.item[row]!;
      if (seen[item] === 0) {
        seen[item] = 1;
        this.#items[this.#length] = item;
        this.#length += 1;
      }
      plays[item]! += rows.plays[row]!;
      streams[item]! += rows.streams[row]!;
      skips[item]! += rows.skips[row]!;
      msPlayed[item]! += rows.msPlayed[row]!;
      const most = rows.listeners[row]!;
      if (most > listeners[item]!) listeners[item] = most;
    }
  }
}

/** First place in an ascending column whose value is not below the wanted one. */
export function lowerBound(
  column: Int32Array | Uint32Array,
  wanted: number,
  from = 0,
  to = column.length,
): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same rows in the order of their days, otherwise as they came. Parts of a table come one after the other. */
async function inOrderOfDays(rows: CountRows): Promise<CountRows> {
  const { day } = rows;
  let isInOrder = true;
  let [first, last] = [day[0] ?? 0, day[0] ?? 0];
  for (let row = 1; row < day.length; row += 1) {
    const one = day[row]!;
    if (one < day[row - 1]!) isInOrder = false;
    if (one < first) first = one;
    if (one > last) last = one;
  }
  if (isInOrder) return rows;
  // Comparing millions of rows would hold up the server; counting those of each day does not.
  const next = new Uint32Array(last - first + 2);
  for (const one of day) next[one - first + 1]! += 1;
  for (let place = 1; place < next.length; place += 1) next[place]! += next[place - 1]!;
  const order = new Uint32Array(day.length);
  for (let row = 0; row < day.length; row += 1) {
    const place = day[row]! - first;
    order[next[place]!] = row;
    next[place]! += 1;
  }
  return await mapColumns(rows, (column) => {
    const sorted = column.slice();
    for (let place = 0; place < sorted.length; place += 1) sorted[place] = column[order[place]!]!;
    return sorted;
  });
}

type Column = CountRows[keyof CountRows];

async function mapColumns(rows: CountRows, change: (column: Column) => Column): Promise<CountRows> {
  const changed: Record<string, Column> = {};
  for (const [name, column] of Object.entries(rows)) {
    changed[name] = change(column as Column);
    await setImmediate();
  }
  return changed as unknown as CountRows;
}

/** The same rows by week or month. Other work of the server may go on after each of them. */
async function inPeriods(days: CountRows, unit: Unit, sums: Sums): Promise<CountRows> {
  const most = countRows(days.day.length);
  let length = 0;
  for (let from = 0; from < days.day.length; ) {
    const start = startOf(days.day[from]!, unit);
    const to = lowerBound(days.day, nextStart(start, unit), from);
    sums.clear();
    sums.add(days, from, to);
    for (const item of sums.items) {
      most.day[length] = start;
      most.item[length] = item;
      most.plays[length] = sums.plays[item]!;
      most.streams[length] = sums.streams[item]!;
      most.skips[length] = sums.skips[item]!;
      most.listeners[length] = sums.listeners[item]!;
      most.msPlayed[length] = sums.msPlayed[item]!;
      length += 1;
    }
    from = to;
    await setImmediate();
  }
  sums.clear();
  return await mapColumns(most, (column) => column.slice(0, length));
}

/** A span of days, both ends included. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

/**
 * What everyone listened to, by item and day, and added up by week and by month: sums over any range of days without
 * reading every day of it. Some 28 bytes a row.
 */
export class ItemCounts {
  /** In the order of their bytes, so that a place orders as the name does. */
  readonly names: readonly string[];
  readonly #rows: Readonly<Record<Unit, CountRows>>;
  readonly #sums: Sums;

  private constructor(names: readonly string[], rows: Record<Unit, CountRows>, sums: Sums) {
    this.names = names;
    this.#rows = rows;
    this.#sums = sums;
  }

  /** @param rows of days, in any order */
  static async of(names: readonly string[], rows: CountRows): Promise<ItemCounts> {
    const sums = new Sums(names.length);
    const day = await inOrderOfDays(rows);
    const week = await inPeriods(day, 'week', sums);
    const month = await inPeriods(day, 'month', sums);
    return new ItemCounts(names, { day, week, month }, sums);
  }

  /** Rows by day, week or month. */
  rows(unit: Unit): CountRows {
    return this.#rows[unit];
  }

  /** Places of the rows whose periods begin within the days; the end is excluded. */
  places(unit: Unit, { from, to }: Days): [number, number] {
    const { day } = this.#rows[unit];
    const start = lowerBound(day, from);
    return [start, lowerBound(day, to + 1, start)];
  }

  /** The same days, no further than the months that have counts. */
  within({ from, to }: Days): Days {
    const { day } = this.#rows.day;
    const [first, last] = [day[0] ?? 0, day.at(-1) ?? -1];
    return {
      from: Math.max(from, startOf(first, 'month')),
      to: Math.min(to, nextStart(last, 'month') - 1),
    };
  }

  /** Sums by item over a range of days. They are overwritten by the next question. */
  sumsOf(range: Days): Sums {
    this.#sums.clear();
    this.#add(this.within(range), 'month');
    return this.#sums;
  }

  #add({ from, to }: Days, unit: Unit): void {
    if (from > to) return;
    if (unit === 'day') {
      this.#sums.add(this.#rows.day, ...this.places('day', { from, to }));
      return;
    }
    const smaller = unit === 'month' ? 'week' : 'day';
    // Starts of the first whole period and of the one after the last.
    const first = startOf(from, unit) === from ? from : nextStart(from, unit);
    const after = startOf(to + 1, unit);
    if (first >= after) {
      this.#add({ from, to }, smaller);
      return;
    }
    this.#sums.add(this.#rows[unit], ...this.places(unit, { from: first, to: after - 1 }));
    this.#add({ from, to: first - 1 }, smaller);
    this.#add({ from: after, to }, smaller);
  }

  /** First and last day of items within a range, of days with at least so many listeners. */
  endsOf(items: readonly number[], range: Days, smallestGroup: number): Map<number, Days> {
    const rows = this.#rows.day;
    const [start, end] = this.places('day', range);
    // The day on which each was met first, going either way.
    const meet = (place: number, step: 1 | -1): Map<number, number> => {
      const met = new Map<number, number>();
      const missing = new Uint8Array(this.names.length);
      for (const item of items) missing[item] = 1;
      for (let row = place; row >= start && row < end && met.size < items.length; row += step) {
        const item = rows.item[row]!;
        if (missing[item] === 0 || rows.listeners[row]! < smallestGroup) continue;
        missing[item] = 0;
        met.set(item, rows.day[row]!);
      }
      return met;
    };
    const [first, last] = [meet(start, 1), meet(end - 1, -1)];
    return new Map([...first].map(([item, from]) => [item, { from, to: last.get(item)! }]));
  }
}

/** The first of some items in an order, without ordering all of them. */
export function firstOf(
  items: Iterable<number>,
  limit: number,
  compare: (one: number, other: number) => number,
): number[] {
  const chosen: number[] = [];
  for (const item of items) {
    if (chosen.length === limit && compare(item, chosen[limit - 1]!) >= 0) continue;
    let [low, high] = [0, chosen.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(item, chosen[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    chosen.splice(low, 0, item);
    if (chosen.length > limit) chosen.pop();
  }
  return chosen;
}
