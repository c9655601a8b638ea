import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka';
import { TonearmError } from '../../errors.ts';
import { FieldReader } from './field-reader.ts';
import { batchHeaderBytes } from './record-writer.ts';

const compressionBits = 0b111;
const logAppendTimeBit = 1 << 3;
const transactionalBit = 1 << 4;
const controlBit = 1 << 5;
const abortMarker = 0;
/** The format of all batches since Kafka 0.11. */
const messageFormat = 2;

/** A producer's transaction that was rolled back, as the broker lists it beside the records. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** One stored batch: its header, and its records when they are asked for. */
export class StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  /** Time of the whole batch where the broker sets it; undefined when each record has its own. */
  readonly appendTime: number | undefined;
  readonly producerId: bigint;
  readonly count: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.baseOffset = Number(bytes.readBigInt64BE(0));
    this.attributes = bytes.readInt16BE(21);
    this.lastOffset = this.baseOffset + bytes.readInt32BE(23);
    this.baseTimestamp = Number(bytes.readBigInt64BE(27));
    this.appendTime =
      (this.attributes & logAppendTimeBit) === 0 ? undefined : Number(bytes.readBigInt64BE(35));
    this.producerId = bytes.readBigInt64BE(43);
    this.count = bytes.readInt32BE(57);
  }

  get isControl(): boolean {
    return (this.attributes & controlBit) !== 0;
  }

  get isTransactional(): boolean {
    return (this.attributes & transactionalBit) !== 0;
  }

  /** True for the marker that ends a transaction by rolling it back. */
  get isAbortMarker(): boolean {
    if (!this.isControl || this.count === 0) return false;
    const fields = new FieldReader(this.records());
    fields.varint();
    fields.at += 1;
    // Time, offset and the key's length; the key is a version and the marker's type.
    for (let skipped = 0; skipped < 3; skipped += 1) fields.varint();
    return fields.bytes.readInt16BE(fields.at + 2) === abortMarker;
  }

  /**
   * The records' bytes, decompressed and checked.
   * @throws TonearmError TNA_LOG_CORRUPT
   */
  records(): Buffer {
    const bytes = this.#bytes;
    if (crc32c(bytes.subarray(21)) !== bytes.readUInt32BE(17)) throw corrupt(this.baseOffset);
    const stored = bytes.subarray(batchHeaderBytes);
    const compression = this.attributes & compressionBits;
    if (compression === 0) return stored;
    const algorithm = compressionsAlgorithmsByBitmask[compression];
    if (algorithm === undefined) throw corrupt(this.baseOffset);
    return algorithm.decompressSync(stored);
  }
}

function corrupt(offset: number): TonearmError {
  return new TonearmError(
    'TNA_LOG_CORRUPT',
    `The batch at offset ${offset} does not match its checksum.`,
    { remedy: 'Check the broker’s disk; a replica may hold the batch undamaged.' },
  );
}

function foreignFormat(format: number): TonearmError {
  return new TonearmError(
    'TNA_LOG_CORRUPT',
    `A topic holds records in Kafka’s message format ${format}; Tonearm reads format ${messageFormat}.`,
    { remedy: 'Set log.message.format.version of the topic to 0.11 or newer and write it anew.' },
  );
}

/**
 * The batches of a fetch response that a reader of committed data may see.
 *
 * The broker sends records of rolled back transactions too, with a list of those transactions. Which batches
 * belong to them follows from the order (Kafka's own consumer does the same): a transaction of the list begins
 * at its first offset and ends at its producer's abort marker; its producer's transactional batches in between
 * are left out. Control batches are never records.
 */
export class CommittedBatches {
  #rest: Buffer;
  readonly #aborted: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(records: Buffer, aborted: readonly AbortedTransaction[]) {
    this.#rest = records;
    this.#aborted = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Bytes not looked at yet. */
  get bytes(): number {
    return this.#rest.length;
  }

  /** The next batch; `committed` is false when its records must not be seen. Undefined at the end. */
  next(): { readonly batch: StoredBatch; readonly committed: boolean } | undefined {
    const rest = this.#rest;
    // The last batch of a response may be cut off.
    if (rest.length < batchHeaderBytes) return undefined;
    const length = 12 + rest.readInt32BE(8);
    if (length > rest.length) return undefined;
    if (rest[16] !== messageFormat) throw foreignFormat(rest[16]!);
    const batch = new StoredBatch(rest.subarray(0, length));
    this.#rest = rest.subarray(length);
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= batch.lastOffset) {
      this.#open.add(this.#aborted.shift()!.producerId);
    }
    if (batch.isControl) {
      if (batch.isAbortMarker) this.#open.delete(batch.producerId);
      return { batch, committed: false };
    }
    return { batch, committed: !(batch.isTransactional && this.#open.has(batch.producerId)) };
  }
}
