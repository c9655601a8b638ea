/**
 * Imports what services hand out to their listeners: Spotify's account data and extended streaming
 * history, ListenBrainz, Last.fm; as files, folders or the zip as it comes. Every file is read to
 * its end before anything is sent.
 */
import { TonearmError } from '../../errors.ts';
import type { Producer } from '../../log/port.ts';
import type { ExportDocument } from './document.ts';
import { listDocuments } from './documents.ts';
import { type ExportFormat, formatByContent, formatByPath } from './formats.ts';
import { ImportRun } from './import-run.ts';
import type { LeftOutReason } from './play.ts';
import { readRows } from './rows.ts';
import { Staging } from './staging.ts';
import { type ListenKind, listenKinds, type ToldListen, ToldListens } from './told-listens.ts';
import { unreadable } from './unreadable.ts';

const examplesKept = 10;
const sentBetweenLooks = 10_000;

export interface ImportOptions {
  readonly paths: readonly string[];
  readonly user: string;
  readonly producer: Producer;
  /** Where events wait until all files have been read. */
  readonly stagingDirectory: string;
  /** Leaves private sessions out instead of importing them as private. */
  readonly withoutPrivate?: boolean;
  /** Listens of this listener that are here already, of some kinds: rows of another kind that tell of them too are duplicates. */
  readonly told?: (kinds: readonly ListenKind[]) => Promise<readonly ToldListen[]>;
  /** Asked before anything is sent, and again and again meanwhile: what it throws ends the import. */
  readonly mayStillSend?: () => Promise<void>;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export type ImportProgress =
  | { readonly step: 'read'; readonly rows: number; readonly file: number; readonly files: number }
  | { readonly step: 'send'; readonly events: number; readonly of: number };

export interface ImportResult {
  /** Rows in all files: `imported` plus all of `left_out`. */
  readonly read: number;
  readonly imported: number;
  /** Reason → rows. */
  readonly left_out: Partial<Record<LeftOutReason, number>>;
  readonly files: { path: string; format: string; rows: number }[];
  /** Files of the export that hold no listening. */
  readonly ignored_files: string[];
  /** The first rows that were unreadable. Rows count from 1. */
  readonly examples: { file: string; row: number; reason: LeftOutReason }[];
  readonly produced: { plays: number; skips: number };
}

interface ListeningDocument {
  readonly document: ExportDocument;
  readonly format: ExportFormat;
}

/**
 * Imports a listener's exports. Ids follow from the listening itself, so that a second import
 * of the same rows makes the same events.
 * @throws TonearmError TNA_IMPORT_UNREADABLE, TNA_IMPORT_UNKNOWN_FORMAT, TNA_IMPORT_ARCHIVE_UNSAFE,
 * TNA_IMPORT_NOTHING_FOUND, TNA_USAGE, TNA_DISK_FULL; nothing was sent then.
 */
export async function importHistory(options: ImportOptions): Promise<ImportResult> {
  checkUser(options.user);
  const { listening, ignored } = await identify(await listDocuments(options.paths));
  if (listening.length === 0) {
    throw new TonearmError(
      'TNA_IMPORT_NOTHING_FOUND',
      `No listening history was found in ${options.paths.join(', ')}.`,
      {
        remedy:
          'Name the folder or zip that holds StreamingHistory*.json, endsong_*.json, Streaming_History_Audio_*.json, listens/*.jsonl or recenttracks*.json.',
      },
    );
  }
  const staging = new Staging(options.stagingDirectory);
  try {
    const result = await readAll(listening, staging, options);
    await sendAll(staging, result, options);
    return { ...result, ignored_files: ignored };
  } finally {
    staging.close();
  }
}

/** Tells files of listening from others. Better sources come first: what they tell, weaker ones repeat. */
async function identify(documents: readonly ExportDocument[]) {
  const listening: ListeningDocument[] = [];
  const ignored: string[] = [];
  for (const document of documents) {
    const format = formatByPath(document.path) ?? (await formatOfNamed(document));
    if (format === undefined) ignored.push(document.name);
    else listening.push({ document, format });
  }
  listening.sort((a, b) => a.format.rank - b.format.rank);
  return { listening, ignored };
}

async function formatOfNamed(document: ExportDocument): Promise<ExportFormat | undefined> {
  if (!document.named) return undefined;
  for await (const { values } of readRows(document)) {
    const format = formatByContent(values[0]);
    if (format !== undefined) return format;
    break;
  }
  throw unknownFormat(document);
}

async function readAll(
  listening: readonly ListeningDocument[],
  staging: Staging,
  options: ImportOptions,
): Promise<Omit<ImportResult, 'ignored_files'>> {
  const run = new ImportRun({
    user: options.user,
    staging,
    withoutPrivate: options.withoutPrivate ?? false,
    told: new ToldListens((await options.told?.(otherKinds(listening))) ?? []),
    ranks: [...new Set(listening.map(({ format }) => format.rank))],
  });
  const left: Partial<Record<LeftOutReason, number>> = {};
  const files: ImportResult['files'] = [];
  const examples: ImportResult['examples'] = [];
  let read = 0;
  for (const { document, format } of listening) {
    const before = read;
    for await (const batch of readRows(document)) {
      if (batch.sequence && format.sequences !== true) throw unknownFormat(document);
      for (const [index, value] of batch.values.entries()) {
        for (const row of format.rows?.(value) ?? [value]) {
          read += 1;
          const reason = run.add(document, format, row);
          if (reason === undefined) continue;
          left[reason] = (left[reason] ?? 0) + 1;
          if (reason !== 'unreadable' || examples.length === examplesKept) continue;
          examples.push({ file: document.name, row: batch.firstRow + index, reason });
        }
      }
      options.onProgress?.({
        step: 'read',
        rows: read,
        file: files.length + 1,
        files: listening.length,
      });
    }
    files.push({ path: document.name, format: format.name, rows: read - before });
  }
  const imported = read - Object.values(left).reduce((sum, rows) => sum + rows, 0);
  return { read, imported, left_out: left, files, examples, produced: run.produced };
}

/** Kinds that a row of these files may repeat: not its own. */
function otherKinds(listening: readonly ListeningDocument[]): ListenKind[] {
  const kinds = new Set(listening.map(({ format }) => format.kind));
  return kinds.size === 1 ? listenKinds.filter((kind) => !kinds.has(kind)) : [...listenKinds];
}

async function sendAll(
  staging: Staging,
  { produced }: Pick<ImportResult, 'produced'>,
  { producer, user, mayStillSend, onProgress }: ImportOptions,
): Promise<void> {
  const of = produced.plays + produced.skips;
  let events = 0;
  for (const { topic, value } of staging.events()) {
    if (events % sentBetweenLooks === 0) {
      await mayStillSend?.();
      onProgress?.({ step: 'send', events, of });
    }
    const full = producer.send(topic, { key: user, value });
    if (full !== undefined) await full;
    events += 1;
  }
  await producer.flush();
}

function unknownFormat(document: ExportDocument): TonearmError {
  return unreadable(
    document.name,
    'it is not a file of listening history that is known here',
    undefined,
    'TNA_IMPORT_UNKNOWN_FORMAT',
  );
}

function checkUser(user: string): void {
  const problem =
    user.trim() === ''
      ? 'empty'
      : user.length > 200
        ? 'longer than 200 characters'
        : /\p{Cc}/u.test(user)
          ? 'not printable'
          : undefined;
  if (problem === undefined) return;
  throw new TonearmError('TNA_USAGE', `The name of the listener is ${problem}.`, {
    remedy: 'Give a short name with --user.',
  });
}
