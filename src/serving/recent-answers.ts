/** Bytes of all answers together, questions included. */
const mostBytes = 32 * 1024 * 1024;
/** What an entry takes beside its question and its answer. */
const entryBytes = 200;

/**
 * Answers of one version of the marts, those asked for last, as the bytes that are sent. Two who ask the same at once
 * wait for one answer; one that failed is made again.
 */
export class RecentAnswers {
  readonly #answers = new Map<string, { answer: Promise<Buffer | undefined>; bytes: number }>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(most: number = mostBytes) {
    this.#mostBytes = most;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param make makes the answer where it is not kept; undefined says that there is nothing to tell. */
  get(question: string, make: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    const kept = this.#answers.get(question);
    if (kept !== undefined) {
      this.#answers.delete(question);
      this.#answers.set(question, kept);
      return kept.answer;
    }
    const entry = { answer: make(), bytes: 0 };
    this.#answers.set(question, entry);
    entry.answer.then(
      (answer) => {
        if (this.#answers.get(question) !== entry) return;
        entry.bytes = entryBytes + 2 * question.length + (answer?.length ?? 0);
        this.#bytes += entry.bytes;
        this.#dropOldest();
      },
      () => {
        if (this.#answers.get(question) === entry) this.#answers.delete(question);
      },
    );
    return entry.answer;
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }

  #dropOldest(): void {
    for (const [question, { bytes }] of this.#answers) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#answers.delete(question);
      this.#bytes -= bytes;
    }
  }
}
