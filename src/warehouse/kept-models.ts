/** The fitted models of recommendations, kept in a file beside the warehouse until the next choice. */

import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Judged, KeptModels } from '../recommend/index.ts';

/** Models and what they belong to. */
export interface ModelFile {
  /** Time of the choice, epoch milliseconds, and its parts: the models of another choice are of no use. */
  readonly chosenAt: number;
  readonly parts: Judged['parts'];
  /** Pairs of listener and track that the models were fitted on. */
  readonly pairs: number;
  /** Tracks by the numbers that the models know them by. */
  readonly tracks: readonly string[];
  readonly models: KeptModels;
}

const format = 2;
/** Models of fewer pairs than the present ones divided by this have missed too much. */
const mostGrown = 1.1;
const arrays = {
  Int32Array: (bytes: SharedArrayBuffer) => new Int32Array(bytes),
  Float32Array: (bytes: SharedArrayBuffer) => new Float32Array(bytes),
} as const;

/** Fields of a model: numbers and words as they are, arrays as kind and length. */
type Described = Record<string, unknown>;
interface Header extends Omit<ModelFile, 'models'> {
  readonly format: number;
  readonly models: readonly Described[];
}

/** Where the models of a warehouse are. */
export const modelsPath = (warehouse: string): string =>
  join(dirname(warehouse), 'recommendation-models.bin');

/** Replaces the file as a whole. It ends in a checksum. */
export function writeModels(path: string, { models, ...more }: ModelFile): void {
  const all = [models.reasons, ...models.parts];
  const header: Header = { ...more, format, models: all.map(describe) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeDoubleLE(text.length);
  const file = openSync(`${path}.new`, 'w');
  try {
    let sum = 0;
    for (const bytes of [length, text, ...all.flatMap(bytesOf)]) {
      sum = crc32(bytes, sum);
      writeAll(file, bytes);
    }
    const end = Buffer.alloc(4);
    end.writeUInt32LE(sum);
    writeAll(file, end);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

/**
 * What `writeModels` wrote for a choice, its arrays in memory that threads can share; undefined where there is no
 * whole file of it, or one of far fewer pairs than there are now: then the models are fitted again.
 */
export function readModels(
  path: string,
  choice: Pick<ModelFile, 'chosenAt' | 'parts' | 'pairs'>,
): ModelFile | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    let sum = 0;
    const read = (bytes: number): SharedArrayBuffer => {
      const found = readBytes(file, bytes);
      sum = crc32(new Uint8Array(found), sum);
      return found;
    };
    const length = new DataView(read(8)).getFloat64(0, true);
    const text = new TextDecoder().decode(new Uint8Array(read(length)).slice());
    const header = JSON.parse(text) as Header;
    const isSame =
      header.format === format &&
      header.chosenAt === choice.chosenAt &&
      choice.pairs <= mostGrown * header.pairs &&
      JSON.stringify(header.parts) === JSON.stringify(choice.parts);
    if (!isSame) return undefined;
    const [reasons, ...parts] = header.models.map((model) => restore(read, model));
    if (new DataView(readBytes(file, 4)).getUint32(0, true) !== sum) return undefined;
    return { ...header, models: { reasons, parts } as unknown as KeptModels };
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** The models of an earlier choice are of no use to anybody. */
export function removeModels(path: string): void {
  for (const one of [path, `${path}.new`]) rmSync(one, { force: true });
}

const isArray = (value: unknown): value is Int32Array | Float32Array =>
  value instanceof Int32Array || value instanceof Float32Array;

const describe = (model: object): Described =>
  Object.fromEntries(
    Object.entries(model).map(([name, value]) => [
      name,
      isArray(value) ? { array: value.constructor.name, length: value.length } : value,
    ]),
  );

const bytesOf = (model: object): Uint8Array[] =>
  Object.values(model)
    .filter(isArray)
    .map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

function restore(read: (bytes: number) => SharedArrayBuffer, model: Described): Described {
  return Object.fromEntries(
    Object.entries(model).map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return [name, value];
      const { array, length } = value as { array: keyof typeof arrays; length: number };
      return [name, arrays[array](read(4 * length))];
    }),
  );
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, Math.min(bytes.length - written, 1 << 28));
  }
}

/** @throws where the file ends before. */
function readBytes(file: number, length: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(length);
  const bytes = new Uint8Array(buffer);
  let read = 0;
  while (read < length) {
    const more = readSync(file, bytes, read, Math.min(length - read, 1 << 28), null);
    if (more === 0) throw new Error('The file ends too early.');
    read += more;
  }
  return buffer;
}
