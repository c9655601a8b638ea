/**
 * Imports what Spotify hands out to its listeners: account data and extended streaming history,
 * as files, folders or the zip as it comes. Everything is read and parsed before anything is sent.
 */
import { createHash } from 'node:crypto';
import { v5 as uuidV5 } from 'uuid';
import { plays as playsContract, skips as skipsContract } from '../../../contracts/index.ts';
import { TonearmError } from '../../errors.ts';
import type { Producer } from '../../log/port.ts';
import { type ExportDocument, listDocuments } from './documents.ts';
import { type ExportFormat, parseDocument } from './formats.ts';
import type { ExportedPlay, LeftOutReason } from './rows.ts';

/** Namespace of the ids of imported events. */
const namespace = '7b1f3c52-6f0c-5d5e-9a55-0a1f6c1d8e11';
const examplesKept = 10;

export interface ImportOptions {
  readonly paths: readonly string[];
  readonly user: string;
  readonly producer: Producer;
  readonly onProgress?: (rows: number) => void;
}

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

/**
 * Imports a listener's export. Ids follow from the listening itself, so that a second import
 * of the same rows makes the same events.
 * @throws TonearmError TNA_IMPORT_UNREADABLE, TNA_IMPORT_NOTHING_FOUND, TNA_USAGE; nothing was sent then.
 */
export async function importSpotifyExport(options: ImportOptions): Promise<ImportResult> {
  checkUser(options.user);
  const documents = await listDocuments(options.paths);
  const listening: ExportDocument[] = [];
  const ignored: string[] = [];
  for (const document of documents) {
    const parsed = await parseDocument(document);
    if (parsed === undefined) ignored.push(document.name);
    else listening.push(document);
  }
  if (listening.length === 0) {
    throw new TonearmError(
      'TNA_IMPORT_NOTHING_FOUND',
      `No listening history was found in ${options.paths.join(', ')}.`,
      {
        remedy:
          'Name the folder or zip that holds StreamingHistory*.json, endsong_*.json or Streaming_History_Audio_*.json.',
      },
    );
  }
  const run = new ImportRun(options);
  for (const document of listening) {
    const { format, rows } = (await parseDocument(document))!;
    await run.file(document.name, format, rows);
  }
  await options.producer.flush();
  return { ...run.result, ignored_files: ignored };
}

class ImportRun {
  readonly result = {
    read: 0,
    imported: 0,
    left_out: {} as Partial<Record<LeftOutReason, number>>,
    files: [] as ImportResult['files'],
    examples: [] as ImportResult['examples'],
    produced: { plays: 0, skips: 0 },
  };
  readonly #options: ImportOptions;
  /** Rows of extended history seen so far: Spotify repeats some exactly. */
  readonly #seen = new Set<string>();
  /** Plays with the same track and time so far: their number tells them apart. */
  readonly #ordinals = new Map<string, number>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  async file(name: string, format: ExportFormat, rows: readonly unknown[]): Promise<void> {
    for (const [index, row] of rows.entries()) {
      this.result.read += 1;
      const read = this.#read(format, row);
      if (typeof read !== 'string') {
        await this.#send(read);
        this.result.imported += 1;
      } else {
        this.result.left_out[read] = (this.result.left_out[read] ?? 0) + 1;
        if (read === 'unreadable' && this.result.examples.length < examplesKept) {
          this.result.examples.push({ file: name, row: index + 1, reason: read });
        }
      }
    }
    this.result.files.push({ path: name, format: format.name, rows: rows.length });
    this.#options.onProgress?.(this.result.read);
  }

  #read(format: ExportFormat, row: unknown): ExportedPlay | LeftOutReason {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return 'unreadable';
    const read = format.read(row as Record<string, unknown>);
    if (typeof read === 'string') return read;
    if (format.name === 'extended') {
      const hash = createHash('sha1').update(JSON.stringify(row)).digest('base64').slice(0, 20);
      if (this.#seen.has(hash)) return 'duplicate';
      this.#seen.add(hash);
    }
    const event = this.#event(read, 'plays', '', '');
    return playsContract.safeParse({ ...event, event_id: namespace, play_id: namespace }).success
      ? read
      : 'unreadable';
  }

  async #send(play: ExportedPlay): Promise<void> {
    const { user, producer } = this.#options;
    const name = `spotify_export\n${user}\n${play.trackId}\n${play.startedAt}\n${play.listenedMs}`;
    const ordinal = this.#ordinals.get(name) ?? 0;
    this.#ordinals.set(name, ordinal + 1);
    const id = (kind: string) => uuidV5(`${kind}\n${name}\n${ordinal}`, namespace);
    const playId = id('play_id');
    await this.#produce(producer, 'plays', this.#event(play, 'plays', id('plays'), playId));
    if (!play.skipped) return;
    const skip = this.#event(play, 'skips', id('skips'), playId);
    skipsContract.parse(skip);
    await this.#produce(producer, 'skips', skip);
  }

  async #produce(producer: Producer, topic: 'plays' | 'skips', event: object): Promise<void> {
    await producer.send(topic, { key: this.#options.user, value: JSON.stringify(event) });
    this.result.produced[topic] += 1;
  }

  #event(play: ExportedPlay, topic: 'plays' | 'skips', eventId: string, playId: string) {
    return {
      event_id: eventId,
      play_id: playId,
      user_id: this.#options.user,
      track_id: play.trackId,
      track: play.track,
      artist: play.artist,
      album: play.album,
      timestamp: new Date(play.startedAt).toISOString(),
      duration: play.listenedMs,
      skipped: topic === 'skips' ? true : play.skipped,
      device: play.device,
      source: 'spotify_export',
      country: play.country,
      shuffle: play.shuffle,
      offline: play.offline,
      private: play.private,
      reason_start: play.reasonStart,
      reason_end: play.reasonEnd,
    };
  }
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
