import type { TopicName } from '../../contracts/index.ts';
import type { RecordBatch } from './port.ts';

/**
 * One stored batch, framed so that reading copies nothing:
 * `u32 count`, `f64 timestamps[count]` at byte 8, `i32 keyLengths[count]`,
 * `i32 valueLengths[count]` (-1 is null), keys back to back, values back to back.
 */
const headerBytes = 8;

/** Collects records of one partition and frames them. The value's bytes are copied at `add`. */
export class BatchBuilder {
  count = 0;
  valueBytes = 0;
  firstTimestamp = Number.POSITIVE_INFINITY;
  lastTimestamp = 0;
  #timestamps = new Float64Array(64);
  #keyLengths = new Int32Array(64);
  #valueLengths = new Int32Array(64);
  #keys: Buffer = Buffer.allocUnsafe(2048);
  #keyBytes = 0;
  #values: Buffer = Buffer.allocUnsafe(16 * 1024);

  add(key: string | null, value: Uint8Array | string | null, timestamp: number): void {
    const index = this.count;
    if (index === this.#timestamps.length) this.#growIndex();
    this.count += 1;
    this.#timestamps[index] = timestamp;
    if (timestamp < this.firstTimestamp) this.firstTimestamp = timestamp;
    if (timestamp > this.lastTimestamp) this.lastTimestamp = timestamp;
    this.#keyLengths[index] = key === null ? -1 : this.#addKey(key);
    if (value === null) {
      this.#valueLengths[index] = -1;
      return;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.#values = withRoom(this.#values, this.valueBytes, bytes.length);
    this.#values.set(bytes, this.valueBytes);
    this.valueBytes += bytes.length;
    this.#valueLengths[index] = bytes.length;
  }

  /** Frames what was added and starts anew. */
  take(): Buffer {
    const { count } = this;
    const frame = Buffer.alloc(headerBytes + count * 16 + this.#keyBytes + this.valueBytes);
    frame.writeUInt32LE(count, 0);
    let at = headerBytes;
    for (const numbers of [this.#timestamps, this.#keyLengths, this.#valueLengths]) {
      const part = numbers.subarray(0, count);
      frame.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
      at += part.byteLength;
    }
    frame.set(this.#keys.subarray(0, this.#keyBytes), at);
    frame.set(this.#values.subarray(0, this.valueBytes), at + this.#keyBytes);
    this.count = 0;
    this.valueBytes = 0;
    this.#keyBytes = 0;
    this.firstTimestamp = Number.POSITIVE_INFINITY;
    this.lastTimestamp = 0;
    return frame;
  }

  #addKey(key: string): number {
    // A UTF-16 unit becomes three bytes at most.
    this.#keys = withRoom(this.#keys, this.#keyBytes, key.length * 3);
    const length = this.#keys.write(key, this.#keyBytes, 'utf8');
    this.#keyBytes += length;
    return length;
  }

  #growIndex(): void {
    const size = this.count * 2;
    const timestamps = new Float64Array(size);
    timestamps.set(this.#timestamps);
    this.#timestamps = timestamps;
    for (const name of ['key', 'value'] as const) {
      const lengths = new Int32Array(size);
      lengths.set(name === 'key' ? this.#keyLengths : this.#valueLengths);
      if (name === 'key') this.#keyLengths = lengths;
      else this.#valueLengths = lengths;
    }
  }
}

/** The buffer, or a larger copy of it, with room for some bytes more. */
function withRoom(buffer: Buffer, used: number, bytes: number): Buffer {
  if (used + bytes <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.max(used + bytes, buffer.length * 2));
  larger.set(buffer.subarray(0, used));
  return larger;
}

/** A stored batch, read in place. */
class Frame {
  readonly count: number;
  readonly baseOffset: number;
  readonly #bytes: Buffer;
  readonly #timestamps: Float64Array;
  readonly #keyLengths: Int32Array;
  readonly #valueLengths: Int32Array;
  readonly #keyEnds: Int32Array;
  readonly #valueEnds: Int32Array;

  constructor(stored: Uint8Array, baseOffset: number) {
    // Numbers are read in place, which needs them aligned.
    const bytes = stored.byteOffset % 8 === 0 ? stored : Uint8Array.from(stored);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.baseOffset = baseOffset;
    this.count = this.#bytes.readUInt32LE(0);
    const { count } = this;
    const at = bytes.byteOffset + headerBytes;
    this.#timestamps = new Float64Array(bytes.buffer as ArrayBuffer, at, count);
    this.#keyLengths = new Int32Array(bytes.buffer as ArrayBuffer, at + count * 8, count);
    this.#valueLengths = new Int32Array(bytes.buffer as ArrayBuffer, at + count * 12, count);
    this.#keyEnds = ends(this.#keyLengths, headerBytes + count * 16);
    this.#valueEnds = ends(this.#valueLengths, this.#keyEnds[count]!);
  }

  timestamp(index: number): number {
    return this.#timestamps[index]!;
  }

  key(index: number): string | null {
    if (this.#keyLengths[index]! < 0) return null;
    return this.#bytes.toString('utf8', this.#keyEnds[index]!, this.#keyEnds[index + 1]!);
  }

  value(index: number): Uint8Array | null {
    if (this.#valueLengths[index]! < 0) return null;
    return this.#bytes.subarray(this.#valueEnds[index]!, this.#valueEnds[index + 1]!);
  }

  valueBytesFrom(index: number): number {
    return this.#valueEnds[this.count]! - this.#valueEnds[index]!;
  }
}

/** Running ends of parts: entry i is where part i begins, entry i + 1 where it ends. */
function ends(lengths: Int32Array, start: number): Int32Array {
  const running = new Int32Array(lengths.length + 1);
  let at = start;
  running[0] = at;
  for (let index = 0; index < lengths.length; index += 1) {
    const length = lengths[index]!;
    if (length > 0) at += length;
    running[index + 1] = at;
  }
  return running;
}

export interface BatchPlace {
  readonly baseOffset: number;
  /** First offset wanted. */
  readonly fromOffset: number;
  /** Milliseconds since the epoch. */
  readonly appendedAt: number;
}

/** A stored batch from a record on, as the port hands it out. */
export function readBatch(
  topic: TopicName,
  partition: number,
  bytes: Uint8Array,
  { baseOffset, fromOffset, appendedAt }: BatchPlace,
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
    appendedAt: () => appendedAt,
    key: (index) => frame.key(skip + index),
    value: (index) => frame.value(skip + index),
  };
}
