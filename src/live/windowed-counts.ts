/** The window that "now" means in top lists, in minutes. */
export const recentMinutes = 10;
/** The stretch before it that it is compared with, in minutes. */
export const earlierMinutes = 60;
const keptMinutes = recentMinutes + earlierMinutes;

export interface WindowedEntry<Label> {
  readonly label: Label;
  /** Count of the last 10 minutes. */
  recent: number;
  /** Count of the 60 minutes before those. */
  earlier: number;
  /** Who was counted last, with the minute; the newest `knownListeners` of them. */
  readonly listeners: Map<string, number>;
}

/** Distinct listeners of a key are told up to this number: it bounds the memory. */
export const knownListeners = 64;

/** Counts by key over the last 10 minutes and the hour before, in one-minute buckets. */
export class WindowedCounts<Label> {
  readonly #entries = new Map<string, WindowedEntry<Label> & { key: string }>();
  readonly #buckets: Map<string, number>[] = Array.from({ length: keptMinutes }, () => new Map());
  #minute = -1;
  #firstMinute = Number.POSITIVE_INFINITY;

  /** @param minute whole minutes since the epoch, not after the newest given to `advance`. */
  add(key: string, label: Label, minute: number, listener?: string): void {
    const age = this.#minute - minute;
    if (age < 0 || age >= keptMinutes) return;
    this.#firstMinute = Math.min(this.#firstMinute, minute);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, label, recent: 0, earlier: 0, listeners: new Map() };
      this.#entries.set(key, entry);
    }
    if (age < recentMinutes) entry.recent += 1;
    else entry.earlier += 1;
    if (listener !== undefined) remember(entry.listeners, listener, minute);
    const bucket = this.#buckets[minute % keptMinutes]!;
    bucket.set(key, (bucket.get(key) ?? 0) + 1);
  }

  /** Takes names out of what is remembered of who listened; the counts stay. */
  forget(isForgotten: (listener: string) => boolean): void {
    for (const { listeners } of this.#entries.values()) {
      for (const listener of listeners.keys()) {
        if (isForgotten(listener)) listeners.delete(listener);
      }
    }
  }

  /** Moves the windows on to a minute. */
  advance(minute: number): void {
    if (minute - this.#minute > keptMinutes) {
      for (const bucket of this.#buckets) bucket.clear();
      this.#entries.clear();
      this.#minute = minute;
    }
    while (this.#minute < minute) {
      this.#minute += 1;
      for (const [key, count] of this.#bucket(this.#minute - recentMinutes)) {
        const entry = this.#entries.get(key)!;
        entry.recent -= count;
        entry.earlier += count;
      }
      const leaving = this.#bucket(this.#minute - keptMinutes);
      for (const [key, count] of leaving) {
        const entry = this.#entries.get(key)!;
        entry.earlier -= count;
        if (entry.earlier === 0 && entry.recent === 0) this.#entries.delete(key);
      }
      leaving.clear();
    }
  }

  #bucket(minute: number): Map<string, number> {
    return this.#buckets[((minute % keptMinutes) + keptMinutes) % keptMinutes]!;
  }

  /** Whole minutes of the earlier hour for which there are counts. */
  get earlierCovered(): number {
    const covered = this.#minute - recentMinutes - this.#firstMinute + 1;
    return Math.max(0, Math.min(earlierMinutes, covered));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Distinct listeners of the last 10 minutes, up to `knownListeners`. */
  recentListeners({ listeners }: WindowedEntry<Label>): number {
    let count = 0;
    for (const minute of listeners.values()) count += Number(minute > this.#minute - recentMinutes);
    return count;
  }

  /** The `count` entries with the highest positive score, best first; ties by key, so that lists keep still. */
  best(count: number, score: (entry: WindowedEntry<Label>) => number) {
    const best: { entry: WindowedEntry<Label> & { key: string }; score: number }[] = [];
    for (const entry of this.#entries.values()) {
      const candidate = { entry, score: score(entry) };
      if (candidate.score <= 0) continue;
      let at = best.length;
      while (at > 0 && isBefore(candidate, best[at - 1]!)) at -= 1;
      if (at === count) continue;
      best.splice(at, 0, candidate);
      if (best.length > count) best.pop();
    }
    return best.map(({ entry }) => entry);
  }
}

function remember(listeners: Map<string, number>, listener: string, minute: number): void {
  listeners.delete(listener);
  listeners.set(listener, minute);
  if (listeners.size <= knownListeners) return;
  const { value: oldest } = listeners.keys().next();
  if (oldest !== undefined) listeners.delete(oldest);
}

type Scored = { readonly entry: { readonly key: string }; readonly score: number };

const isBefore = (one: Scored, other: Scored): boolean =>
  one.score > other.score || (one.score === other.score && one.entry.key < other.entry.key);
