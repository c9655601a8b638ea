/** Listeners by the time at which something happens to them next: a binary heap without objects. */
export class WakeQueue {
  #times: Float64Array;
  #listeners: Int32Array;
  size = 0;

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#listeners = new Int32Array(capacity);
  }

  /** The earliest time; positive infinity when nobody waits. */
  get time(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  /** The listener of the earliest time. */
  get listener(): number {
    return this.#listeners[0]!;
  }

  push(time: number, listener: number): void {
    let at = this.size;
    this.size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#times[at] = this.#times[parent]!;
      this.#listeners[at] = this.#listeners[parent]!;
      at = parent;
    }
    this.#times[at] = time;
    this.#listeners[at] = listener;
  }

  /** Takes the earliest away. */
  pop(): void {
    this.size -= 1;
    if (this.size > 0) this.#settle(this.#times[this.size]!, this.#listeners[this.size]!);
  }

  /** Gives the earliest listener a later time. */
  postpone(time: number): void {
    this.#settle(time, this.#listeners[0]!);
  }

  #settle(time: number, listener: number): void {
    const times = this.#times;
    const listeners = this.#listeners;
    const { size } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && times[child + 1]! < times[child]!) child += 1;
      if (times[child]! >= time) break;
      times[at] = times[child]!;
      listeners[at] = listeners[child]!;
      at = child;
    }
    times[at] = time;
    listeners[at] = listener;
  }
}
