import type { TopicName } from '../../contracts/index.ts';
import type { RecordBatch } from './port.ts';

/**
 * One stored batch, framed so that reading copies nothing:
 * `u32 count`, `f64 timestamps[count]` at byte 8, `i32 keyLengths[count]`,
 * `i32 valueLengths[count]` (-1 is null), keys back to back, values back to back.
 */
const headerBytes = 8;

export interface PendingRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
}

/** Collects records of one partition and frames them. The value's bytes are copied at `add`. */
export class BatchBuilder {
  count = 0;
  valueBytes = 0;
  #timestamps: number[] = [];
  #keys: (string | null)[] = [];
  #lengths: number[] = [];
  #values = Buffer.allocUnsafe(16 * 1024);

  add(key: string | null, value: Uint8Array | string | null, timestamp: number): void {
    this.count += 1;
    this.#timestamps.push(timestamp);
    this.#keys.push(key);
    if (value === null) {
      this.#lengths.push(-1);
      return;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.#reserve(bytes.length);
    this.#values.set(bytes, this.valueBytes);
    this.valueBytes += bytes.length;
    this.#lengths.push(bytes.length);
  }

  get firstTimestamp(): number {
    return this.#timestamps.reduce(
      (least, time) => Math.min(least, time),
      Number.POSITIVE_INFINITY,
    );
  }

  get lastTimestamp(): number {
    return this.#timestamps.reduce((most, time) => Math.max(most, time), 0);
  }

  /** Frames what was added and starts anew. */
  take(): Buffer {
    const { count } = this;
    const keyBytes = this.#keys.map((key) => (key === null ? null : Buffer.from(key, 'utf8')));
    const keyLength = keyBytes.reduce((sum, key) => sum + (key?.length ?? 0), 0);
    const frame = Buffer.alloc(headerBytes + count * 16 + keyLength + this.valueBytes);
    frame.writeUInt32LE(count, 0);
    const keysAt = headerBytes + count * 8;
    let at = headerBytes + count * 16;
    for (let index = 0; index < count; index += 1) {
      const key = keyBytes[index] ?? null;
      frame.writeDoubleLE(this.#timestamps[index]!, headerBytes + index * 8);
      frame.writeInt32LE(key === null ? -1 : key.length, keysAt + index * 4);
      frame.writeInt32LE(this.#lengths[index]!, keysAt + count * 4 + index * 4);
      if (key !== null) {
        frame.set(key, at);
        at += key.length;
      }
    }
    frame.set(this.#values.subarray(0, this.valueBytes), at);
    this.count = 0;
    this.valueBytes = 0;
    this.#timestamps = [];
    this.#keys = [];
    this.#lengths = [];
    return frame;
  }

  #reserve(bytes: number): void {
    const needed = this.valueBytes + bytes;
    if (needed <= this.#values.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#values.length * 2));
    larger.set(this.#values.subarray(0, this.valueBytes));
    this.#values = larger;
  }
}

/** A stored batch, read in place. */
class Frame {
  readonly count: number;
  readonly baseOffset: number;
  readonly #bytes: Buffer;
  readonly #keyEnds: Int32Array;
  readonly #valueEnds: Int32Array;

  constructor(bytes: Uint8Array, baseOffset: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.baseOffset = baseOffset;
    this.count = this.#bytes.readUInt32LE(0);
    const keysAt = headerBytes + this.count * 8;
    this.#keyEnds = this.#ends(keysAt, headerBytes + this.count * 16);
    const keysEnd = this.count === 0 ? headerBytes : this.#keyEnds[this.count]!;
    this.#valueEnds = this.#ends(keysAt + this.count * 4, keysEnd);
  }

  /** Running ends of the parts: entry i is where part i begins, entry i + 1 where it ends. */
  #ends(lengthsAt: number, start: number): Int32Array {
    const ends = new Int32Array(this.count + 1);
    ends[0] = start;
    for (let index = 0; index < this.count; index += 1) {
      const length = this.#bytes.readInt32LE(lengthsAt + index * 4);
      ends[index + 1] = ends[index]! + Math.max(0, length);
    }
    return ends;
  }

  timestamp(index: number): number {
    return this.#bytes.readDoubleLE(headerBytes + index * 8);
  }

  key(index: number): string | null {
    if (this.#bytes.readInt32LE(headerBytes + this.count * 8 + index * 4) < 0) return null;
    return this.#bytes.toString('utf8', this.#keyEnds[index]!, this.#keyEnds[index + 1]!);
  }

  value(index: number): Uint8Array | null {
    if (this.#bytes.readInt32LE(headerBytes + this.count * 12 + index * 4) < 0) return null;
    return this.#bytes.subarray(this.#valueEnds[index]!, this.#valueEnds[index + 1]!);
  }

  valueBytesFrom(index: number): number {
    return this.#valueEnds[this.count]! - this.#valueEnds[index]!;
  }
}

/** A stored batch from a record on, as the port hands it out. */
export function readBatch(
  topic: TopicName,
  partition: number,
  bytes: Uint8Array,
  baseOffset: number,
  fromOffset: number,
): RecordBatch {
  const frame = new Frame(bytes, baseOffset);
  const skip = Math.max(0, fromOffset - baseOffset);
  return {
    topic,
    partition,
    count: frame.count - skip,
    nextOffset: baseOffset + frame.count,
    valueBytes: frame.valueBytesFrom(skip),
    offset: (index) => baseOffset + skip + index,
    timestamp: (index) => frame.timestamp(skip + index),
    key: (index) => frame.key(skip + index),
    value: (index) => frame.value(skip + index),
  };
}
