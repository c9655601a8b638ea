type Rows = readonly Record<string, unknown>[];

/** Cells of all answers together; a cell takes some 50 bytes. */
const mostCells = 1_000_000;

/**
 * Answers of one version of the marts, those asked for last. Two who ask the same at once wait for one query;
 * a query that failed is asked again.
 */
export class RecentAnswers {
  readonly #answers = new Map<string, { rows: Promise<Rows>; cells: number }>();
  readonly #mostCells: number;
  #cells = 0;

  constructor(most: number = mostCells) {
    this.#mostCells = most;
  }

  /** Cells that are kept. */
  get cells(): number {
    return this.#cells;
  }

  /** @param ask makes the answer where it is not kept. */
  get(sql: string, parameters: Record<string, unknown>, ask: () => Promise<Rows>): Promise<Rows> {
    const key = `${JSON.stringify(parameters)}\n${sql}`;
    const kept = this.#answers.get(key);
    if (kept !== undefined) {
      this.#answers.delete(key);
      this.#answers.set(key, kept);
      return kept.rows;
    }
    const answer = { rows: ask(), cells: 0 };
    this.#answers.set(key, answer);
    answer.rows.then(
      (rows) => {
        if (this.#answers.get(key) !== answer) return;
        // The question itself takes room too.
        answer.cells = 20 + rows.length * Object.keys(rows[0] ?? {}).length;
        this.#cells += answer.cells;
        this.#dropOldest();
      },
      () => {
        if (this.#answers.get(key) === answer) this.#answers.delete(key);
      },
    );
    return answer.rows;
  }

  clear(): void {
    this.#answers.clear();
    this.#cells = 0;
  }

  #dropOldest(): void {
    for (const [key, { cells }] of this.#answers) {
      if (this.#cells <= this.#mostCells) return;
      this.#answers.delete(key);
      this.#cells -= cells;
    }
  }
}
