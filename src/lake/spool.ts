import { isUtf8 } from 'node:buffer';
import { type EventTopic, topics } from '../../contracts/index.ts';
import { contractColumns } from '../../contracts/lake-columns.ts';
import type { RecordBatch } from '../log/port.ts';
import { type ContractBreach, findBreach } from './contract-breach.ts';
import { erasedValue, namesIn } from './erased-records.ts';
import type { ForgottenListeners } from './forgotten.ts';
import { LineFile, separator } from './line-file.ts';
import { PlainEventScanner } from './plain-event.ts';

/** Bytes that would end or split a line, and NUL; none is legal inside a JSON string. */
const controls = [0x0a, 0x0d, separator, 0x00];
const hourMs = 3_600_000;
/** Hours that get files of their own; later ones share a pair, which DuckDB splits (at 1.8 times the cost). */
const hoursApart = 24;

/** A record that broke its contract, with where it came from. */
export interface RefusedRecord extends ContractBreach {
  readonly topic: EventTopic;
  readonly partition: number;
  readonly offset: number;
  readonly receivedAt: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
}

/** Lines of the records of one hour, or of several. */
export interface HourLines {
  /** First and last hour of receipt, in hours since the epoch. */
  first: number;
  last: number;
  /** Lines of partition, offset, time of receipt and one value a column. */
  readonly plain: LineFile;
  /** Lines of partition, offset, time of receipt, the key as JSON and the record's JSON. */
  readonly careful: LineFile;
}

/**
 * Records of one topic on their way to Parquet, as two text files an hour. Events that are
 * written plainly, nearly all, go to the first with their values side by side; the others go whole
 * to the second, where DuckDB parses their JSON. Values that a line can't hold are rewritten
 * when they are JSON, and refused otherwise.
 */
export class Spool {
  readonly topic: EventTopic;
  readonly refused: RefusedRecord[] = [];
  /** Offset that reading began at, and the next one to read, by partition. */
  readonly ranges = new Map<number, { readonly begin: number; next: number }>();
  /** Plain events of a topic that the lake does not keep: counted, not written. */
  uncopied = 0;
  /** Records of listeners who are forgotten, and what an erasure left in place of theirs. */
  erased = 0;
  /** Bytes of values taken in. */
  bytes = 0;
  readonly #path: string;
  readonly #hours = new Map<number, HourLines>();
  /** Hours beyond those with files of their own. */
  #mixed: HourLines | undefined;
  readonly #scanner: PlainEventScanner;
  readonly #kept: boolean;
  /** Undefined while nobody is forgotten: then nobody is looked up. */
  readonly #forgotten: ForgottenListeners | undefined;
  readonly #userColumn: number;

  /** @param path of the files, without ending. */
  constructor(topic: EventTopic, path: string, forgotten?: ForgottenListeners) {
    this.topic = topic;
    this.#path = path;
    this.#scanner = scannerOf(topic);
    this.#kept = topics[topic].lake;
    this.#forgotten = forgotten?.isEmpty ? undefined : forgotten;
    this.#userColumn = userColumnOf(topic);
  }

  /** What was written, by hour. */
  get hours(): HourLines[] {
    return [...this.#hours.values(), ...(this.#mixed ? [this.#mixed] : [])];
  }

  /** @param begin offset that was asked for: the batch may begin after it where the log has holes. */
  add(batch: RecordBatch, begin: number): void {
    const scanner = this.#scanner;
    for (let index = 0; index < batch.count; index += 1) {
      const value = batch.value(index);
      if (value === null || !scanner.scan(value)) {
        this.#addWithCare(batch, index, value);
      } else if (this.#isForgotten(value, scanner)) {
        this.erased += 1;
      } else if (this.#kept) {
        const { plain } = this.#hourOf(batch.timestamp(index));
        plain.writeParts(head(batch, index), value, scanner.starts, scanner.ends);
      } else {
        this.uncopied += 1;
      }
    }
    const range = this.ranges.get(batch.partition);
    if (range) range.next = batch.nextOffset;
    else this.ranges.set(batch.partition, { begin, next: batch.nextOffset });
    this.bytes += batch.valueBytes;
  }

  /** Writes what is left and closes the files. */
  finish(): void {
    for (const { plain, careful } of this.hours) {
      plain.finish();
      careful.finish();
    }
  }

  /** Removes the files. */
  remove(): void {
    for (const { plain, careful } of this.hours) {
      plain.remove();
      careful.remove();
    }
  }

  /** Whether a plain event belongs to somebody who is forgotten. */
  #isForgotten(value: Uint8Array, { starts, ends }: PlainEventScanner): boolean {
    if (this.#forgotten === undefined) return false;
    const column = this.#userColumn;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
    return this.#forgotten.has(bytes.toString('utf8', starts[column], ends[column]));
  }

  #hourOf(receivedAt: number): HourLines {
    const hour = Math.floor(receivedAt / hourMs);
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    if (this.#hours.size < hoursApart) {
      const lines = this.#open(hour, `${this.#path}-${hour}`);
      this.#hours.set(hour, lines);
      return lines;
    }
    this.#mixed ??= this.#open(hour, `${this.#path}-mixed`);
    this.#mixed.first = Math.min(this.#mixed.first, hour);
    this.#mixed.last = Math.max(this.#mixed.last, hour);
    return this.#mixed;
  }

  #open(hour: number, path: string): HourLines {
    return {
      first: hour,
      last: hour,
      plain: new LineFile(`${path}.plain.txt`),
      careful: new LineFile(`${path}.json.txt`),
    };
  }

  #addWithCare(batch: RecordBatch, index: number, value: Uint8Array | null): void {
    const forgotten = this.#forgotten;
    const isErased =
      value !== null && value.length === erasedValue.length && erasedValue.equals(value);
    if (
      isErased ||
      (forgotten !== undefined &&
        namesIn(batch.key(index), value).some((name) => forgotten.has(name)))
    ) {
      this.erased += 1;
      return;
    }
    if (value !== null && value.length > 0 && isUtf8(value) && !hasControl(value)) {
      this.#hourOf(batch.timestamp(index)).careful.write(headWithKey(batch, index), value);
      return;
    }
    const breach = findBreach(this.topic, value);
    if (breach === undefined && value !== null) {
      const compact = JSON.stringify(JSON.parse(new TextDecoder().decode(value)));
      const { careful } = this.#hourOf(batch.timestamp(index));
      careful.write(headWithKey(batch, index), Buffer.from(compact));
      return;
    }
    this.refused.push({
      ...breach!,
      topic: this.topic,
      partition: batch.partition,
      offset: batch.offset(index),
      receivedAt: batch.timestamp(index),
      key: batch.key(index),
      value: value === null ? null : Uint8Array.from(value),
    });
  }
}

function head(batch: RecordBatch, index: number): string {
  return `${batch.partition}\u0001${batch.offset(index)}\u0001${batch.timestamp(index)}`;
}

/** Who is refused later is kept with the key: as JSON in ASCII, which no separator can be part of. */
function headWithKey(batch: RecordBatch, index: number): string {
  const key = batch.key(index);
  const text =
    key === null
      ? ''
      : JSON.stringify(key).replace(
          /[\u007f-\uffff]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
  return `${head(batch, index)}\u0001${text}`;
}

const scanners = new Map<EventTopic, PlainEventScanner>();

const userColumnOf = (topic: EventTopic): number =>
  contractColumns(topics[topic].schema).findIndex(({ name }) => name === 'user_id');

/** One scanner a topic serves all spools: it remembers what the topic's events look like. */
function scannerOf(topic: EventTopic): PlainEventScanner {
  const scanner = scanners.get(topic) ?? new PlainEventScanner(topic);
  scanners.set(topic, scanner);
  return scanner;
}

function hasControl(bytes: Uint8Array): boolean {
  return controls.some((control) => bytes.includes(control));
}
