import type { TopicName } from '../../../contracts/index.ts';
import type { RecordBatch } from '../port.ts';
import { FieldReader } from './field-reader.ts';
import type { StoredBatch } from './record-batches.ts';
import { framePrefixBytes } from './schema-registry.ts';

/** Header that holds the time of receipt where the record's own time says something else: see KafkaProducer. */
export const receivedAtHeader = 'tonearm-received-at';

/** Headers of a record, as text. */
export function readHeaders(bytes: Buffer, at: number): Map<string, string> {
  const fields = new FieldReader(bytes);
  fields.at = at;
  const headers = new Map<string, string>();
  const text = () => {
    const length = fields.varint();
    const from = fields.at;
    fields.at += Math.max(0, length);
    return bytes.toString('utf8', from, fields.at);
  };
  for (let left = fields.varint(); left > 0; left -= 1) headers.set(text(), text());
  return headers;
}

/** Committed records of one partition. Keys, values and headers stay where they were read: nothing is copied. */
export class KafkaRecords implements RecordBatch {
  readonly topic: TopicName;
  readonly partition: number;
  count = 0;
  nextOffset: number;
  valueBytes = 0;
  readonly #from: number;
  readonly #framed: boolean;
  readonly #sources: Buffer[] = [];
  readonly #offsets: Float64Array;
  readonly #timestamps: Float64Array;
  /** Times of sending, where they differ from those of receipt. */
  #sentAt: Float64Array | undefined;
  readonly #valueAt: Int32Array;
  readonly #valueLengths: Int32Array;
  readonly #source: Int32Array;
  readonly #keyAt: Int32Array;
  readonly #keyLengths: Int32Array;
  readonly #headersAt: Int32Array;

  /**
   * @param batches to take records from, in order.
   * @param from first offset wanted: batches come whole, also those that begin before it.
   * @param framed values are in Confluent's wire format: what stands before them is left out.
   */
  constructor(
    topic: TopicName,
    partition: number,
    batches: readonly { readonly batch: StoredBatch; readonly records: Buffer }[],
    from: number,
    nextOffset: number,
    framed = false,
  ) {
    this.#framed = framed;
    this.topic = topic;
    this.partition = partition;
    this.nextOffset = nextOffset;
    this.#from = from;
    const most = batches.reduce((sum, { batch }) => sum + batch.count, 0);
    this.#offsets = new Float64Array(most);
    this.#timestamps = new Float64Array(most);
    this.#valueAt = new Int32Array(most);
    this.#valueLengths = new Int32Array(most);
    this.#source = new Int32Array(most);
    this.#keyAt = new Int32Array(most);
    this.#keyLengths = new Int32Array(most);
    this.#headersAt = new Int32Array(most);
    for (const { batch, records } of batches) this.#add(batch, records);
  }

  offset(index: number): number {
    return this.count === 0 ? this.#from : this.#offsets[index]!;
  }

  timestamp(index: number): number {
    return this.#timestamps[index]!;
  }

  appendedAt(index: number): number {
    return this.#sentAt?.[index] || this.#timestamps[index]!;
  }

  key(index: number): string | null {
    const length = this.#keyLengths[index]!;
    if (length < 0) return null;
    const at = this.#keyAt[index]!;
    return this.#sources[this.#source[index]!]!.toString('utf8', at, at + length);
  }

  value(index: number): Uint8Array | null {
    const length = this.#valueLengths[index];
    if (length === undefined || length < 0 || index >= this.count) return null;
    const at = this.#valueAt[index]!;
    return this.#sources[this.#source[index]!]!.subarray(at, at + length);
  }

  headers(index: number): Map<string, string> {
    return readHeaders(this.#sources[this.#source[index]!]!, this.#headersAt[index]!);
  }

  #add(batch: StoredBatch, records: Buffer): void {
    const source = this.#sources.push(records) - 1;
    const fields = new FieldReader(records);
    for (let number = 0; number < batch.count; number += 1) {
      const length = fields.varint();
      const end = fields.at + length;
      fields.at += 1;
      const timestamp = batch.baseTimestamp + fields.varint();
      const offset = batch.baseOffset + fields.varint();
      if (offset < this.#from) {
        fields.at = end;
        continue;
      }
      const index = this.count;
      const keyLength = fields.varint();
      this.#keyAt[index] = fields.at;
      this.#keyLengths[index] = keyLength;
      if (keyLength > 0) fields.at += keyLength;
      let valueLength = fields.varint();
      if (this.#framed && valueLength >= framePrefixBytes && records[fields.at] === 0) {
        fields.at += framePrefixBytes;
        valueLength -= framePrefixBytes;
      }
      this.#valueAt[index] = fields.at;
      this.#valueLengths[index] = valueLength;
      if (valueLength > 0) {
        this.valueBytes += valueLength;
        fields.at += valueLength;
      }
      this.#offsets[index] = offset;
      this.#source[index] = source;
      this.#headersAt[index] = fields.at;
      this.#timestamps[index] = batch.appendTime ?? timestamp;
      if (fields.at < end - 1) {
        const receivedAt = Number(readHeaders(records, fields.at).get(receivedAtHeader));
        if (Number.isFinite(receivedAt)) {
          this.#sentAt ??= new Float64Array(this.#timestamps.length);
          this.#sentAt[index] = this.#timestamps[index]!;
          this.#timestamps[index] = receivedAt;
        }
      }
      this.count += 1;
      fields.at = end;
    }
  }
}
