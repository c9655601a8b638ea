import { Coverage } from './coverage.ts';
import type { ExportDocument } from './document.ts';
import { EventBytes } from './event-bytes.ts';
import { highBits, lowBits, playHash } from './event-ids.ts';
import type { ExportFormat } from './formats.ts';
import { HashCounter } from './hash-counter.ts';
import { type ExportedPlay, isRow, type LeftOutReason, type Row, text } from './play.ts';
import { endOf } from './spotify-extended.ts';
import type { StagedTopic, Staging } from './staging.ts';
import type { ToldListens } from './told-listens.ts';

/** Ranks of the formats, best first. */
const extendedRank = 0;
const accountRank = 1;

export interface RunOptions {
  readonly user: string;
  readonly staging: Staging;
  readonly withoutPrivate: boolean;
  /** Ranks of the formats in this import: only what another could repeat is remembered. */
  readonly ranks: readonly number[];
  /** What is here of this listener already. */
  readonly told: ToldListens;
}

/** Turns rows into events, or into a reason to leave them out. Files come best rank first. */
export class ImportRun {
  readonly produced = { plays: 0, skips: 0 };
  readonly #options: RunOptions;
  readonly #event: EventBytes;
  /** Plays by the hash that their id is made of. */
  readonly #plays = new HashCounter();
  readonly #offlinePlays = new HashCounter();
  /** Plays of account data, for each export: equal rows of one are plays of their own. */
  readonly #exports = new Map<string, HashCounter>();
  /** Extended history by the end of the stream, as account data tells the time. */
  readonly #ends = new Coverage();
  readonly #episodes = new Coverage();
  /** Rank → its listens by their start, as scrobbles tell the time. */
  readonly #starts = new Map<number, Coverage>();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#event = new EventBytes(options.user);
    for (const rank of options.ranks) this.#starts.set(rank, new Coverage());
  }

  /** Stages the row's events; the reason where there are none. */
  add(document: ExportDocument, format: ExportFormat, row: unknown): LeftOutReason | undefined {
    if (!isRow(row)) return 'unreadable';
    const read = format.read(row);
    if (read === 'podcast') this.#rememberEpisode(format, row);
    if (typeof read === 'string') return read;
    const covered = this.#coveredBy(format, read);
    if (covered !== undefined) return covered;
    if (this.#isTold(format, read)) return 'duplicate';
    if (read.private === true && this.#options.withoutPrivate) return 'private';
    const first = playHash('plays', this.#options.user, read, 0);
    const ordinal = this.#ordinal(document, format, read, first);
    if (ordinal === undefined) return 'duplicate';
    this.#stage(read, ordinal, first);
    return undefined;
  }

  #isTold({ kind }: ExportFormat, play: ExportedPlay): boolean {
    const { told } = this.#options;
    return !told.isEmpty && told.take({ ...play, kind });
  }

  #rememberEpisode(format: ExportFormat, row: Row): void {
    if (format.rank !== extendedRank || !this.#options.ranks.includes(accountRank)) return;
    const [artist, track] = [text(row.episode_show_name), text(row.episode_name)];
    const at = endOf(row);
    if (artist !== undefined && track !== undefined && !Number.isNaN(at)) {
      this.#episodes.add({ artist, track, at });
    }
  }

  /** What a better source has told already; old account data also mixes podcasts among the music. */
  #coveredBy(format: ExportFormat, play: ExportedPlay): LeftOutReason | undefined {
    const { ranks } = this.#options;
    const { artist, track, startedAt } = play;
    const start = { artist, track, at: startedAt };
    const end = { artist, track, at: startedAt + play.listenedMs };
    if (ranks.some((rank) => rank > accountRank && rank > format.rank)) {
      this.#starts.get(format.rank)?.add(start);
    }
    if (format.rank === extendedRank) {
      if (ranks.includes(accountRank)) this.#ends.add(end);
      return undefined;
    }
    if (format.rank === accountRank) {
      if (this.#ends.take(end)) return 'duplicate';
      return this.#episodes.take(end) ? 'podcast' : undefined;
    }
    for (const [rank, starts] of this.#starts) {
      if (rank < format.rank && starts.take(start)) return 'duplicate';
    }
    return undefined;
  }

  /** Number that tells plays with the same track and time apart; undefined for a row that repeats one. */
  #ordinal(
    document: ExportDocument,
    format: ExportFormat,
    play: ExportedPlay,
    digits: string,
  ): number | undefined {
    const [high, low] = [highBits(digits), lowBits(digits)];
    const known = this.#plays.count(high, low);
    if (format.rank === accountRank) {
      const group = this.#exports.get(document.group) ?? new HashCounter();
      this.#exports.set(document.group, group);
      if (group.add(high, low) < known) return undefined;
    } else {
      let isNew = known === 0;
      if (play.offlineAt !== undefined) {
        const offline = playHash(undefined, this.#options.user, play, play.offlineAt);
        isNew = this.#offlinePlays.add(highBits(offline), lowBits(offline)) === 0;
      }
      if (!isNew) return undefined;
    }
    return this.#plays.add(high, low);
  }

  #stage(play: ExportedPlay, ordinal: number, first: string): void {
    const { user } = this.#options;
    const eventId = ordinal === 0 ? first : playHash('plays', user, play, ordinal);
    const playId = playHash('play_id', user, play, ordinal);
    this.#add('plays', this.#event.play(play, eventId, playId));
    if (play.skipped) this.#add('skips', this.#event.skip(playHash('skips', user, play, ordinal)));
  }

  #add(topic: StagedTopic, event: Uint8Array): void {
    this.#options.staging.add(topic, event);
    this.produced[topic] += 1;
  }
}
