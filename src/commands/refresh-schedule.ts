import { grown } from '../last-build.ts';

/** Models that can wait (years, cohorts, versions, taste) are built this often, milliseconds. */
const completeMs = 15 * 60_000;

/** What the next refresh of `tonearm up` is to do. */
export interface RefreshPlan {
  /** Leave the models out that can wait. */
  readonly quick: boolean;
  /** Renew the recommendations. */
  readonly recommend: boolean;
}

/**
 * Decides which refreshes are complete: every quarter hour, and sooner while the lake grows much. The first
 * refresh often sees a part of what the sink has still to store; what it built must not stay for a quarter hour.
 * Recommendations follow a complete build when the lake has settled: the way to make them is chosen once a day,
 * and by whole data. The first marts are not kept waiting for them.
 */
export class RefreshSchedule {
  #completeAt = 0;
  #completeRows = 0;
  #published = false;
  #recommendationsDue = false;

  /** @param rows rows that the lake has now. */
  plan(now: number, rows: number): RefreshPlan {
    const isTime = now >= this.#completeAt;
    const quick = !isTime && rows < this.#completeRows * grown;
    const recommend = this.#published && (isTime || (quick && this.#recommendationsDue));
    return { quick, recommend };
  }

  /**
   * Takes note of a refresh that published.
   * @param rows rows of the lake when it began: those that came later may not be in it.
   */
  succeeded(plan: RefreshPlan, now: number, rows: number): void {
    this.#published = true;
    if (plan.recommend) this.#recommendationsDue = false;
    if (plan.quick) return;
    if (!plan.recommend) this.#recommendationsDue = true;
    this.#completeAt = now + completeMs;
    this.#completeRows = rows;
  }
}
