import { readFileSync } from 'node:fs';
import { TonearmError } from '../errors.ts';
import { type Interaction, type Interactions, toInteractions } from './interactions.ts';

/** Names of the columns, as data sets have them. */
const columns = {
  user: ['user', 'user_id', 'userid'],
  item: ['item', 'item_id', 'itemid', 'track_id', 'trackid', 'artist_id', 'artistid'],
  weight: ['weight', 'plays', 'play_count', 'playcount', 'count'],
} as const;

/**
 * Reads tab-separated users, items and weights with a header. The columns `user` and `item`, or what `columns`
 * has for them, may stand anywhere; without `weight` every row counts 1. Names are kept byte for byte, quotation
 * marks included: they belong to titles, and what is written must match what was read.
 * @throws TonearmError TNA_RECOMMEND_INPUT naming the file and the row
 */
export function readInteractions(path: string): Interactions {
  return fromRows(path, rowsOf(path, readText(path)));
}

/** Reads a test file: what is in it was chosen, so weights of any kind, or none, count the same. */
export function readTest(path: string): Interactions {
  return fromRows(path, rowsOf(path, readText(path), false));
}

function fromRows(path: string, rows: Iterable<Interaction>): Interactions {
  const interactions = toInteractions(rows);
  if (interactions.users.length === 0) throw unusable(path, 'has no rows below its header');
  return interactions;
}

/** @throws TonearmError TNA_RECOMMEND_INPUT */
export function* rowsOf(path: string, text: string, weighted = true): Generator<Interaction> {
  const lines = text.split(/\r\n|\n|\r/);
  const header = (lines[0] ?? '').split('\t').map((name) => unquoted(name).toLowerCase());
  const [user, item, weight] = [columns.user, columns.item, columns.weight].map((names) => {
    const found = names.find((name) => header.includes(name));
    return found === undefined ? -1 : header.indexOf(found);
  });
  if (user === -1 || item === -1) {
    const found = header.length > 1 || header[0] !== '' ? `; it begins with ${shown(header)}` : '';
    const wanted = 'must begin with a header of user, item and weight, separated by tabs';
    throw unusable(path, `${wanted}${found}`);
  }
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (line === '') continue;
    const cells = line.split('\t');
    const row = index + 1;
    if (cells.length < header.length) {
      throw unusable(path, `row ${row} has ${cells.length} of ${header.length} columns`);
    }
    if (cells[user!] === '' || cells[item!] === '') {
      throw unusable(path, `row ${row} names no ${cells[user!] === '' ? 'user' : 'item'}`);
    }
    yield {
      user: cells[user!]!,
      item: cells[item!]!,
      weight: weight === -1 || !weighted ? 1 : weightOf(cells[weight!]!, path, row),
    };
  }
}

function weightOf(cell: string, path: string, row: number): number {
  const text = unquoted(cell);
  const weight = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(weight) && weight >= 0) return weight;
  const shown = JSON.stringify(cell.slice(0, 40));
  throw unusable(path, `row ${row} has the weight ${shown}, which is not a number of 0 or more`);
}

const shown = (header: readonly string[]): string =>
  header
    .map((name) => JSON.stringify(name.slice(0, 40)))
    .join(', ')
    .slice(0, 200);

const unquoted = (cell: string): string => cell.trim().replace(/^"(.*)"$/, '$1');

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw unusable(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

const unusable = (path: string, problem: string, cause?: unknown): TonearmError =>
  new TonearmError('TNA_RECOMMEND_INPUT', `${path} ${problem}.`, {
    cause,
    context: { path },
    remedy: 'Give a tab-separated file: a header, then a user, an item and a weight a row.',
  });
