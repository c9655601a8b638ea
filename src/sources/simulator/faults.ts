import { TonearmError } from '../../errors.ts';
import type { Random } from './random.ts';

/** Faults on demand: shares of all events, each from 0 to 1, and an hour. Together at most 1. */
export interface Faults {
  /** Sent again with the same bytes, within the next quarter of an hour. */
  readonly duplicates?: number;
  /** Received 1 to 48 hours late. */
  readonly late?: number;
  /** Broken in place. */
  readonly malformed?: number;
  /** Overtaken by the next record of its topic. */
  readonly outOfOrder?: number;
  /** ms since the epoch: what would be received in the UTC hour around it is lost. */
  readonly dropHour?: number;
}

export type Fault = 'duplicate' | 'late' | 'malformed' | 'out_of_order';

/** Decides which fault befalls an event: one at most. */
export class FaultDraw {
  readonly #random: Random;
  readonly #limits: readonly [Fault, number][];

  /** @throws TonearmError TNA_USAGE when the shares are not from 0 to 1, or are above 1 together. */
  constructor(faults: Faults, random: Random) {
    this.#random = random;
    const shares: [Fault, number][] = [
      ['malformed', faults.malformed ?? 0],
      ['duplicate', faults.duplicates ?? 0],
      ['late', faults.late ?? 0],
      ['out_of_order', faults.outOfOrder ?? 0],
    ];
    let sum = 0;
    this.#limits = shares.map(([fault, share]) => {
      sum += share;
      if (!(share >= 0) || sum > 1) {
        throw new TonearmError(
          'TNA_USAGE',
          'The shares of faulty events must be 0 or more, and at most 1 together.',
          { remedy: 'Lower the shares.' },
        );
      }
      return [fault, sum];
    });
  }

  next(): Fault | undefined {
    const chosen = this.#random.fraction();
    for (const [fault, limit] of this.#limits) if (chosen < limit) return fault;
    return undefined;
  }
}
