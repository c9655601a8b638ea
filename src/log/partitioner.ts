/** Kafka's murmur2 (org.apache.kafka.common.utils.Utils.murmur2): 32 bits, seed 0x9747b28c. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = bytes.length;
  let h = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const left = length - at;
  if (left === 3) h ^= bytes[at + 2]! << 16;
  if (left >= 2) h ^= bytes[at + 1]! << 8;
  if (left >= 1) {
    h ^= bytes[at]!;
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h | 0;
}

const encoder = new TextEncoder();

/** Chooses partitions as Kafka's clients do: by the key's hash, or in turn where there is no key. */
export class Partitioner {
  readonly #partitions: number;
  readonly #known = new Map<string, number>();
  #turn = 0;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  partition(key: string | null): number {
    if (key === null) {
      this.#turn = (this.#turn + 1) % this.#partitions;
      return this.#turn;
    }
    let partition = this.#known.get(key);
    if (partition === undefined) {
      partition = (murmur2(encoder.encode(key)) & 0x7fffffff) % this.#partitions;
      if (this.#known.size > 200_000) this.#known.clear();
      this.#known.set(key, partition);
    }
    return partition;
  }
}
