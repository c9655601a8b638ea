import { constants as zlib, zstdCompressSync } from 'node:zlib';
import { crc32c } from '@platformatic/kafka';

/** Bytes of a record batch before its records (Kafka's message format 2). */
export const batchHeaderBytes = 61;
const zstd = 4;
const zstdLevel = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };
/** Below this size compression is not worth its time. */
const compressFromBytes = 512;
/** Most bytes of a record beside key, value and headers. */
const recordOverhead = 48;

export interface RecordHeader {
  readonly key: string;
  readonly value: string;
}

/** A batch that is ready to send; its sequence is filled in when it leaves. */
export interface EncodedBatch {
  readonly count: number;
  /** Records, compressed where that pays. */
  readonly records: Buffer;
  readonly attributes: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
}

/** Collects records of one partition in Kafka's own format. */
export class KafkaRecordWriter {
  count = 0;
  #bytes: Buffer = Buffer.allocUnsafe(16 * 1024);
  #used = 0;
  #firstTimestamp = 0;
  #maxTimestamp = 0;
  readonly #prefix: Uint8Array;

  /** @param prefix stands before each value that is not null. */
  constructor(prefix: Uint8Array = new Uint8Array(0)) {
    this.#prefix = prefix;
  }

  /** Bytes collected, before compression. */
  get bytes(): number {
    return this.#used;
  }

  /** Adds a record; the value's bytes are copied. */
  add(
    key: string | null,
    value: Uint8Array | string | null,
    timestamp: number,
    headers: readonly RecordHeader[],
  ): void {
    if (this.count === 0) {
      this.#firstTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    const keyLength = key === null ? -1 : Buffer.byteLength(key, 'utf8');
    const valueLength = bytes === null ? -1 : this.#prefix.length + bytes.length;
    const delta = timestamp - this.#firstTimestamp;
    const headersLength = headers.length === 0 ? 1 : lengthOfHeaders(headers);
    const length =
      1 +
      lengthOfVarint(delta) +
      lengthOfVarint(this.count) +
      lengthOfVarint(keyLength) +
      Math.max(0, keyLength) +
      lengthOfVarint(valueLength) +
      Math.max(0, valueLength) +
      headersLength;
    this.#reserve(length + recordOverhead);
    this.#varint(length);
    this.#bytes[this.#used++] = 0;
    this.#varint(delta);
    this.#varint(this.count);
    this.#varint(keyLength);
    if (keyLength > 0) this.#used += this.#bytes.write(key!, this.#used, keyLength, 'utf8');
    this.#varint(valueLength);
    if (valueLength > 0) {
      this.#bytes.set(this.#prefix, this.#used);
      this.#bytes.set(bytes!, this.#used + this.#prefix.length);
      this.#used += valueLength;
    }
    this.#varint(headers.length);
    for (const header of headers) {
      this.#text(header.key);
      this.#text(header.value);
    }
    this.count += 1;
  }

  /** Closes the batch and starts anew. */
  take(): EncodedBatch {
    const { count } = this;
    const raw = this.#bytes.subarray(0, this.#used);
    const compress = raw.length >= compressFromBytes;
    const batch = {
      count,
      records: compress ? zstdCompressSync(raw, zstdLevel) : Buffer.from(raw),
      attributes: compress ? zstd : 0,
      firstTimestamp: this.#firstTimestamp,
      maxTimestamp: this.#maxTimestamp,
    };
    this.count = 0;
    this.#used = 0;
    return batch;
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text, 'utf8');
    this.#varint(length);
    this.#used += this.#bytes.write(text, this.#used, length, 'utf8');
  }

  /** Zig-zag variable-length number, up to 53 bits. */
  #varint(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 0x7f) {
      this.#bytes[this.#used++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#used++] = rest;
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#used + more, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}

function lengthOfVarint(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let length = 1;
  while (rest > 0x7f) {
    length += 1;
    rest = Math.floor(rest / 128);
  }
  return length;
}

function lengthOfHeaders(headers: readonly RecordHeader[]): number {
  let length = lengthOfVarint(headers.length);
  for (const { key, value } of headers) {
    for (const text of [key, value]) {
      const bytes = Buffer.byteLength(text, 'utf8');
      length += lengthOfVarint(bytes) + bytes;
    }
  }
  return length;
}

/**
 * Frames a batch for the wire.
 * @param producer identity and the sequence number of the batch's first record: how the broker
 *   recognises a batch that it has stored already.
 */
export function frameBatch(
  batch: EncodedBatch,
  producer: { id: bigint; epoch: number; sequence: number },
): Buffer {
  const frame = Buffer.allocUnsafe(batchHeaderBytes + batch.records.length);
  frame.writeBigInt64BE(0n, 0);
  frame.writeInt32BE(frame.length - 12, 8);
  frame.writeInt32BE(-1, 12);
  frame.writeInt8(2, 16);
  frame.writeInt16BE(batch.attributes, 21);
  frame.writeInt32BE(batch.count - 1, 23);
  frame.writeBigInt64BE(BigInt(batch.firstTimestamp), 27);
  frame.writeBigInt64BE(BigInt(batch.maxTimestamp), 35);
  frame.writeBigInt64BE(producer.id, 43);
  frame.writeInt16BE(producer.epoch, 51);
  frame.writeInt32BE(producer.sequence, 53);
  frame.writeInt32BE(batch.count, 57);
  frame.set(batch.records, batchHeaderBytes);
  frame.writeUInt32BE(crc32c(frame.subarray(21)), 17);
  return frame;
}
