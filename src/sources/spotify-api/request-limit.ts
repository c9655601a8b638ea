import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivately } from './private-file.ts';
import { retryAfterMs } from './retry-after.ts';

const windowMs = 30_000;

const stored = z.object({ not_before: z.number(), strikes: z.number().int().min(0) });

export interface RequestLimitOptions {
  /** Where a wait that Spotify asked for is remembered. */
  readonly path: string;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Most requests in any thirty seconds, over all accounts: the limit belongs to the app. */
  readonly perWindow: number;
}

/** Holds requests back: so many in thirty seconds, and none while Spotify has asked to wait. */
export class RequestLimit {
  readonly #options: RequestLimitOptions;
  readonly #sent: number[] = [];
  #notBefore = 0;
  #strikes = 0;

  constructor(options: RequestLimitOptions) {
    this.#options = options;
    try {
      const held = stored.parse(JSON.parse(readFileSync(options.path, 'utf8')));
      this.#notBefore = held.not_before;
      this.#strikes = held.strikes;
    } catch {
      // No file, or half a one: nobody has asked to wait.
    }
  }

  /** The moment until which Spotify has asked to wait; undefined when it has not. */
  get waitingUntil(): number | undefined {
    return this.#notBefore > this.#options.clock() ? this.#notBefore : undefined;
  }

  /** Resolves when one more request fits into the window, and counts it. */
  async turn(): Promise<void> {
    const { clock, sleep, perWindow } = this.#options;
    for (;;) {
      const now = clock();
      while (this.#sent.length > 0 && this.#sent[0]! <= now - windowMs) this.#sent.shift();
      if (this.#sent.length < perWindow) break;
      await sleep(this.#sent[this.#sent.length - perWindow]! + windowMs - now);
    }
    this.#sent.push(clock());
  }

  /** Spotify answered 429: remembers until when to wait, over restarts too. */
  refused(retryAfter: string | null): number {
    this.#strikes += 1;
    const now = this.#options.clock();
    this.#notBefore = Math.max(this.#notBefore, now + retryAfterMs(retryAfter, now, this.#strikes));
    this.#store();
    return this.#notBefore;
  }

  /** A request was answered: the row of refusals ends. */
  answered(): void {
    if (this.#strikes === 0) return;
    this.#strikes = 0;
    this.#store();
  }

  #store(): void {
    writePrivately(
      this.#options.path,
      `${JSON.stringify({ not_before: this.#notBefore, strikes: this.#strikes })}\n`,
    );
  }
}
