import { setTimeout as delay } from 'node:timers/promises';
import { eventTopics } from '../../contracts/index.ts';
import type { EventLog } from '../log/port.ts';
import { ListeningState, reachMs } from './listening-state.ts';
import { MergedReader } from './merged-reader.ts';
import type { LiveSnapshot } from './snapshot.ts';

/** Longest wait for an append: playbacks that are over leave the screen this often. */
const waitMs = 1000;
const longestRetryMs = 5000;
const settleMs = 61_000;
/** Consumer group by which the view's lag is seen from outside. */
export const liveGroup = 'tonearm-live';
/** Time between two commits of the group's offsets, ms. */
const commitMs = 5000;
/** Pause between two looks at the log, so that a stream of small appends is read in batches. */
const pauseMs = 5;

export interface LiveViewOptions {
  log: EventLog;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** True for listeners who were erased: nothing of them is shown, and what was is dropped. */
  isForgotten?: (user: string) => boolean;
  /** Rises whenever somebody is erased. */
  forgottenEntries?: () => number;
  /** Called when the log cannot be read; the view tries again by itself. */
  onError?: (error: unknown) => void;
}

export interface LiveViewStatus {
  readonly state: LiveSnapshot['state'];
  readonly lagMs: number;
  readonly behindRecords: number;
  readonly newestRecordAt: number | undefined;
  readonly counted: number;
  readonly invalid: number;
  readonly duplicates: number;
  readonly lastError: string | undefined;
}

/** What is being listened to now: a reader of its own on the log, kept in memory. */
export class LiveView {
  readonly #log: EventLog;
  readonly #clock: () => number;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #state: ListeningState;
  readonly #reader: MergedReader;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #mode: LiveSnapshot['state'] = 'rebuilding';
  #newestRecordAt: number | undefined;
  #processingLagMs = 0;
  #lastError: string | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #expiredAt = Number.NEGATIVE_INFINITY;
  #committedAt = Number.NEGATIVE_INFINITY;
  #commitFails = false;
  #committing: Promise<void> | undefined;

  constructor({ log, clock, onError, isForgotten, forgottenEntries }: LiveViewOptions) {
    this.#state = new ListeningState(isForgotten, forgottenEntries);
    this.#log = log;
    this.#clock = clock;
    this.#onError = onError;
    this.#reader = new MergedReader(log, eventTopics);
  }

  /** Rebuilds from the last 70 minutes of the log, then follows it until closed. */
  start(): void {
    this.#running ??= this.#follow();
  }

  /** Calls back after each change of what is shown; returns the way to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): LiveViewStatus {
    const behindRecords = this.#reader.behind;
    const sinceNewest = Math.max(0, this.#clock() - (this.#newestRecordAt ?? this.#clock()));
    return {
      state: this.#mode,
      lagMs: Math.round(behindRecords > 0 ? sinceNewest : this.#processingLagMs),
      behindRecords,
      newestRecordAt: this.#newestRecordAt,
      counted: this.#state.counted,
      invalid: this.#state.invalid,
      duplicates: this.#state.duplicates,
      lastError: this.#lastError,
    };
  }

  /** What one listener plays, for themselves: the snapshot's list is a sample. */
  playingOf(user: string): LiveSnapshot['now_playing'][number] | undefined {
    return this.#state.playingOf(user);
  }

  snapshot(): LiveSnapshot {
    const now = this.#clock();
    const { state, lagMs, behindRecords, newestRecordAt } = this.status();
    return {
      now: new Date(now).toISOString(),
      state,
      lag_ms: lagMs,
      behind_records: behindRecords,
      newest_record_at:
        newestRecordAt === undefined ? null : new Date(newestRecordAt).toISOString(),
      ...this.#state.snapshot(now),
    };
  }

  /** Stops following. The log itself stays open. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#listeners.clear();
    await this.#running;
    await this.#committing;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#readToEnd(signal);
        this.#failures = 0;
        this.#lastError = undefined;
        if (this.#mode !== 'live') this.#announce('live');
        this.#commitOffsets();
        await this.#log.waitForAppend(waitMs, signal);
        await delay(pauseMs, undefined, { signal });
        if (this.#expire() || this.#isSettling()) this.#announce('live');
      } catch (error) {
        if (signal.aborted) return;
        this.#lastError = error instanceof Error ? error.message : String(error);
        this.#onError?.(error);
        this.#announce('retrying');
        this.#failures += 1;
        const pause = Math.min(longestRetryMs, 100 * 2 ** this.#failures);
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Tells the log how far the view has read, without waiting for it. The view itself begins with the last
   * 70 minutes whenever it starts: what it shows is kept in memory only.
   */
  #commitOffsets(): void {
    const now = this.#clock();
    if (this.#committing !== undefined || now - this.#committedAt < commitMs) return;
    this.#committedAt = now;
    this.#committing = this.#log
      .commitOffsets(liveGroup, this.#reader.positions)
      .then(() => {
        this.#commitFails = false;
      })
      .catch((error) => {
        // A group that may not be written costs a figure elsewhere, not the view: it is said once.
        if (!this.#commitFails) this.#onError?.(error);
        this.#commitFails = true;
      })
      .finally(() => {
        this.#committing = undefined;
      });
  }

  /** Looking for playbacks that are over walks all of them: once a second is enough. */
  #expire(): boolean {
    const now = this.#clock();
    if (Math.abs(now - this.#expiredAt) < waitMs) return false;
    this.#expiredAt = now;
    return this.#state.expire(now);
  }

  /** Rates go on falling for a minute after the last event. */
  #isSettling(): boolean {
    return this.#clock() - (this.#newestRecordAt ?? 0) <= settleMs;
  }

  async #readToEnd(signal: AbortSignal): Promise<void> {
    const since = this.#clock() - reachMs;
    await this.#reader.refresh(({ topic, partition }) =>
      this.#log.offsetForTimestamp(topic, partition, since),
    );
    await this.#reader.drain((topic, value, timestamp) => {
      const now = this.#clock();
      if (!this.#state.apply(topic, value, timestamp, now)) return;
      if (timestamp > (this.#newestRecordAt ?? 0)) {
        this.#newestRecordAt = timestamp;
        // What a rebuild reads is old by nature: that is no lag of the view.
        this.#processingLagMs = this.#mode === 'live' ? Math.max(0, now - timestamp) : 0;
      }
      if (this.#mode === 'live') this.#announce('live');
    }, signal);
  }

  #announce(mode: LiveSnapshot['state']): void {
    this.#mode = mode;
    for (const listener of this.#listeners) listener();
  }
}
