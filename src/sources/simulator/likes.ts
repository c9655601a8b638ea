const mostKept = 1_000_000;

/** Which listener likes which track. The oldest likes are forgotten beyond a million. */
export class Likes {
  readonly #liked = new Set<number>();
  readonly #tracks: number;

  constructor(tracks: number) {
    this.#tracks = tracks;
  }

  has(listener: number, track: number): boolean {
    return this.#liked.has(listener * this.#tracks + track);
  }

  set(listener: number, track: number, liked: boolean): void {
    const pair = listener * this.#tracks + track;
    if (!liked) {
      this.#liked.delete(pair);
      return;
    }
    this.#liked.add(pair);
    if (this.#liked.size <= mostKept) return;
    // A set keeps the order of insertion: the first is the oldest.
    for (const oldest of this.#liked) {
      this.#liked.delete(oldest);
      break;
    }
  }
}
