import { dayInstant, dayNumber, dayText, nextStart, startOf, type Unit } from './calendar-days.ts';
import type { DiscoveryStep, Forgotten, Found } from './discovery-queries.ts';
import type { EveryoneCounts } from './everyone-counts.ts';
import { daysOf } from './everyone-tops.ts';
import { type Days, firstOf, type ItemCounts } from './item-counts.ts';

/** Variety of the artists of some days. */
interface Variety {
  readonly streams: number;
  readonly artists: number;
  readonly diversity: number;
}

/** What a whole history says of each item, of days with at least so many listeners. */
interface Histories {
  readonly firstDay: Int32Array;
  readonly lastDay: Int32Array;
  readonly streams: Float64Array;
  readonly msPlayed: Float64Array;
}

const none = -(2 ** 31);
const forgottenDays = 90;

/**
 * New against known and what was forgotten, of everyone. What does not depend on the range is counted when it is asked
 * for first: whole steps, firsts, and what was forgotten, for each size of the smallest group, of which there are few.
 */
export class EveryoneDiscovery {
  readonly #everyone: EveryoneCounts;
  readonly #lastDay: number;
  readonly #varieties = new Map<string, Variety | undefined>();
  readonly #firstHeard = new Map<number, Histories>();
  readonly #forgotten = new Map<number, Forgotten[]>();

  /** @param lastDay of the history, `YYYY-MM-DD` */
  constructor(everyone: EveryoneCounts, lastDay: string) {
    this.#everyone = everyone;
    this.#lastDay = dayNumber(lastDay);
  }

  /** New against known and variety, step by step. */
  steps(range: { from: string; to: string }, unit: Unit, smallestGroup: number): DiscoveryStep[] {
    const { firsts, newStreams, of } = this.#everyone;
    const days = of.artists.within(daysOf(range));
    const steps: DiscoveryStep[] = [];
    for (let start = startOf(days.from, unit); start <= days.to; ) {
      const next = nextStart(start, unit);
      const part = { from: Math.max(start, days.from), to: Math.min(next - 1, days.to) };
      const isWhole = part.from === start && part.to === next - 1;
      const variety = isWhole
        ? this.#varietyOfPeriod(unit, start, smallestGroup)
        : varietyOfDays(of.artists, part, smallestGroup);
      if (variety !== undefined) {
        let found = 0;
        for (let day = part.from; day <= part.to; day += 1) {
          const { pairs, listeners } = firsts.get(day) ?? { pairs: 0, listeners: 0 };
          if (listeners >= smallestGroup) found += pairs;
        }
        const { streams, artists, diversity } = variety;
        const fresh = newStreams?.within(part, smallestGroup);
        steps.push({
          start: dayText(start),
          streams,
          artists,
          new_artists: found,
          // Of small groups' artists no streams are told, and what is new is part of those that are.
          new_streams: fresh === undefined ? null : Math.min(fresh, streams),
          diversity,
        });
      }
      start = next;
    }
    return steps;
  }

  #varietyOfPeriod(unit: Unit, start: number, smallestGroup: number): Variety | undefined {
    const key = `${unit} ${start} ${smallestGroup}`;
    if (!this.#varieties.has(key)) {
      const { artists } = this.#everyone.of;
      const { streams, listeners } = artists.rows(unit);
      const [from, to] = artists.places(unit, { from: start, to: start });
      const counted: number[] = [];
      for (let row = from; row < to; row += 1) {
        if (listeners[row]! >= smallestGroup) counted.push(streams[row]!);
      }
      this.#varieties.set(key, varietyOf(counted));
    }
    return this.#varieties.get(key);
  }

  /** Artists that anybody first heard within the range, the most streamed since first. The moment is the beginning of a day. */
  found(range: { from: string; to: string }, smallestGroup: number): Found[] {
    const { artists } = this.#everyone.of;
    const heard = kept(this.#firstHeard, smallestGroup, () => historiesOf(artists, smallestGroup));
    const { from, to } = daysOf(range);
    const items: number[] = [];
    for (const [item, day] of heard.firstDay.entries()) {
      if (day !== none && day >= from && day <= to && heard.streams[item]! > 0) items.push(item);
    }
    const { streams, msPlayed } = heard;
    return firstOf(
      items,
      20,
      (one, other) =>
        streams[other]! - streams[one]! || msPlayed[other]! - msPlayed[one]! || one - other,
    ).map((item) => ({
      artist: artists.names[item]!,
      track: null,
      first_played_at: dayInstant(heard.firstDay[item]!),
      streams: streams[item]!,
      ms_played: msPlayed[item]!,
    }));
  }

  /** Tracks streamed at least five times and not once in the last 90 days, as the charts of the days know them. */
  forgotten(smallestGroup: number): Forgotten[] {
    return kept(this.#forgotten, smallestGroup, () => {
      const { of, labels } = this.#everyone;
      const { lastDay, streams } = historiesOf(of.tracks, smallestGroup);
      const items: number[] = [];
      for (const [item, day] of lastDay.entries()) {
        if (day !== none && day < this.#lastDay - forgottenDays && streams[item]! >= 5) {
          items.push(item);
        }
      }
      return firstOf(
        items,
        20,
        (one, other) =>
          streams[other]! - streams[one]! || lastDay[one]! - lastDay[other]! || one - other,
      ).map((item) => ({
        track_id: of.tracks.names[item]!,
        track: labels.tracks[item]![0],
        artist: labels.tracks[item]![1],
        streams: streams[item]!,
        last_played_at: dayInstant(lastDay[item]!),
      }));
    });
  }
}

function kept<Value>(values: Map<number, Value>, key: number, make: () => Value): Value {
  const held = values.get(key);
  if (held !== undefined) return held;
  const made = make();
  values.set(key, made);
  return made;
}

function varietyOfDays(
  artists: ItemCounts,
  days: Days,
  smallestGroup: number,
): Variety | undefined {
  const { items, listeners, streams } = artists.sumsOf(days);
  const large = Array.from(items).filter((item) => listeners[item]! >= smallestGroup);
  return varietyOf(large.map((item) => streams[item]!));
}

/** How many equally loved artists would be as varied: e to the Shannon entropy; undefined without a stream. */
function varietyOf(streams: readonly number[]): Variety | undefined {
  let [sum, artists, logarithms] = [0, 0, 0];
  for (const count of streams) {
    if (count === 0) continue;
    sum += count;
    artists += 1;
    logarithms += count * Math.log(count);
  }
  if (artists === 0) return undefined;
  const diversity = Math.exp(Math.log(sum) - logarithms / sum);
  return { streams: sum, artists, diversity: Math.round(diversity * 100) / 100 };
}

function historiesOf(counts: ItemCounts, smallestGroup: number): Histories {
  const { length } = counts.names;
  const firstDay = new Int32Array(length).fill(none);
  const lastDay = new Int32Array(length).fill(none);
  const streams = new Float64Array(length);
  const msPlayed = new Float64Array(length);
  const rows = counts.rows('day');
  // Ordered by day: the first row of an item is its first day.
  const { item: items, day, listeners } = rows;
  for (let row = 0; row < items.length; row += 1) {
    if (listeners[row]! < smallestGroup) continue;
    const item = items[row]!;
    if (firstDay[item] === none) firstDay[item] = day[row]!;
    lastDay[item] = day[row]!;
    streams[item]! += rows.streams[row]!;
    msPlayed[item]! += rows.msPlayed[row]!;
  }
  return { firstDay, lastDay, streams, msPlayed };
}
