import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { EventTopic } from '../../contracts/index.ts';
import { asDiskError } from '../disk-errors.ts';
import type { RecordBatch } from '../log/port.ts';
import { type ContractBreach, findBreach } from './contract-breach.ts';

const bufferBytes = 1 << 20;
const separator = 0x01;
const newline = 0x0a;
const openingBrace = 0x7b;
/** Bytes that would end or split a line, and NUL; none is legal inside a JSON string. */
const controls = [newline, 0x0d, separator, 0x00];
const hourMs = 3_600_000;

/** A record that broke its contract, with where it came from. */
export interface RefusedRecord extends ContractBreach {
  readonly topic: EventTopic;
  readonly partition: number;
  readonly offset: number;
  readonly receivedAt: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
}

/**
 * Records of one topic on their way to Parquet: a text file with one line a record
 * (partition, offset, time of receipt, value). Values that a line can't hold are
 * rewritten when they are JSON, and refused otherwise.
 */
export class Spool {
  readonly topic: EventTopic;
  readonly path: string;
  readonly refused: RefusedRecord[] = [];
  /** First offset taken and next offset to read, by partition. */
  readonly ranges = new Map<number, { from: number; next: number }>();
  /** Lines written. */
  rows = 0;
  /** Bytes of values taken in. */
  bytes = 0;
  longestLine = 0;
  firstHour = Number.POSITIVE_INFINITY;
  lastHour = Number.NEGATIVE_INFINITY;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #used = 0;

  constructor(topic: EventTopic, path: string) {
    this.topic = topic;
    this.path = path;
    try {
      this.#file = openSync(path, 'w');
    } catch (error) {
      throw asDiskError(error, path);
    }
  }

  add(batch: RecordBatch): void {
    const clean = isClean(batch);
    const prefix = `${batch.partition}\u0001`;
    for (let index = 0; index < batch.count; index += 1) {
      const value = batch.value(index);
      const timestamp = batch.timestamp(index);
      // A value that begins with a brace can't continue a character that the one before broke off.
      if (clean && value !== null && value[0] === openingBrace) {
        this.#line(prefix, batch.offset(index), timestamp, value);
      } else {
        this.#addWithCare(prefix, batch, index, value);
      }
    }
    const range = this.ranges.get(batch.partition);
    if (range) range.next = batch.nextOffset;
    else this.ranges.set(batch.partition, { from: batch.offset(0), next: batch.nextOffset });
    this.bytes += batch.valueBytes;
  }

  /** Writes what is left and closes the file. */
  finish(): void {
    this.#write();
    closeSync(this.#file);
  }

  /** Removes the file. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  #addWithCare(prefix: string, batch: RecordBatch, index: number, value: Uint8Array | null): void {
    const offset = batch.offset(index);
    const receivedAt = batch.timestamp(index);
    if (value !== null && value.length > 0 && isUtf8(value) && !hasControl(value)) {
      this.#line(prefix, offset, receivedAt, value);
      return;
    }
    const breach = findBreach(this.topic, value);
    if (breach === undefined && value !== null) {
      const compact = JSON.stringify(JSON.parse(new TextDecoder().decode(value)));
      this.#line(prefix, offset, receivedAt, Buffer.from(compact));
      return;
    }
    this.refused.push({
      ...breach!,
      topic: this.topic,
      partition: batch.partition,
      offset,
      receivedAt,
      key: batch.key(index),
      value: value === null ? null : Uint8Array.from(value),
    });
  }

  #line(prefix: string, offset: number, receivedAt: number, value: Uint8Array): void {
    const head = `${prefix}${offset}\u0001${receivedAt}\u0001`;
    const length = head.length + value.length + 1;
    if (this.#used + length > bufferBytes) this.#write();
    if (length > bufferBytes) {
      this.#writeBytes(Buffer.concat([Buffer.from(head, 'latin1'), value, Buffer.of(newline)]));
    } else {
      const buffer = this.#buffer;
      this.#used += buffer.write(head, this.#used, 'latin1');
      buffer.set(value, this.#used);
      this.#used += value.length;
      buffer[this.#used] = newline;
      this.#used += 1;
    }
    if (length > this.longestLine) this.longestLine = length;
    const hour = Math.floor(receivedAt / hourMs);
    if (hour < this.firstHour) this.firstHour = hour;
    if (hour > this.lastHour) this.lastHour = hour;
    this.rows += 1;
  }

  #write(): void {
    if (this.#used === 0) return;
    this.#writeBytes(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeBytes(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file, bytes, done, bytes.length - done);
      }
    } catch (error) {
      throw asDiskError(error, this.path);
    }
  }
}

function hasControl(bytes: Uint8Array): boolean {
  return controls.some((control) => bytes.includes(control));
}

/**
 * True when no value of the batch needs a closer look. Values that lie back to back in one
 * buffer are scanned in one go; otherwise the answer is no and each is looked at.
 */
function isClean(batch: RecordBatch): boolean {
  const first = batch.value(0);
  const last = batch.value(batch.count - 1);
  if (first === null || last === null || first.buffer !== last.buffer) return false;
  const length = last.byteOffset + last.length - first.byteOffset;
  if (length !== batch.valueBytes) return false;
  const region = Buffer.from(first.buffer, first.byteOffset, length);
  return !hasControl(region) && isUtf8(region);
}
