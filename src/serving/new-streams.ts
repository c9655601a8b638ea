import type { DuckDBConnection } from '@duckdb/node-api';
import type { Days } from './item-counts.ts';

/** A month has no more days: an artist known for longer is new to none of its steps. */
const daysTold = 31;

interface Row {
  readonly day: number;
  readonly days_known: number;
  readonly streams: number;
  readonly listeners: number;
}

/** Of one day: by the days since the listeners first played the artists. */
interface ByDaysKnown {
  readonly streams: Uint32Array;
  readonly listeners: Uint32Array;
}

/** Everyone's streams by day and by how long their listeners had known the artists, without private plays. */
export class NewStreams {
  readonly #days = new Map<number, ByDaysKnown>();

  private constructor(rows: readonly Row[]) {
    for (const { day, days_known, streams, listeners } of rows) {
      let counts = this.#days.get(day);
      if (counts === undefined) {
        counts = { streams: new Uint32Array(daysTold), listeners: new Uint32Array(daysTold) };
        this.#days.set(day, counts);
      }
      counts.streams[days_known] = streams;
      counts.listeners[days_known] = listeners;
    }
  }

  /** @returns undefined of marts of an earlier Tonearm, which do not tell */
  static async read(connection: DuckDBConnection): Promise<NewStreams | undefined> {
    const read = await connection.runAndReadAll(
      `select (day - date '1970-01-01')::integer as day, days_known, streams::integer as streams, listeners::integer as listeners
       from gold.daily_discovery where days_known < ${daysTold}`,
    );
    const rows = read.getRowObjectsJS() as unknown as Row[];
    return rows.length === 0 ? undefined : new NewStreams(rows);
  }

  /**
   * Streams of artists that their listeners first played within the same days. Of a day and the day of the first plays
   * at least so many listened, or its streams are not told of.
   * @param days a month at most
   */
  within({ from, to }: Days, smallestGroup: number): number {
    let sum = 0;
    for (let day = from; day <= to; day += 1) {
      const counts = this.#days.get(day);
      if (counts === undefined) continue;
      for (let known = 0; known <= day - from; known += 1) {
        if (counts.listeners[known]! >= smallestGroup) sum += counts.streams[known]!;
      }
    }
    return sum;
  }
}
