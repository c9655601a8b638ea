import type {
  EventTopic,
  LikeEvent,
  ListeningEvent,
  PlayEvent,
  SkipEvent,
  StartEvent,
} from '../../contracts/index.ts';
import { Feed } from './feed.ts';
import { NowPlaying, type Playing } from './now-playing.ts';
import { parseEvent } from './parse-event.ts';
import { PeriodRing } from './period-ring.ts';
import { RecentIds } from './recent-ids.ts';
import type { LiveSnapshot } from './snapshot.ts';
import { earlierMinutes, recentMinutes, WindowedCounts } from './windowed-counts.ts';

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
/** How far back the windows reach: what a rebuild must read, in milliseconds. */
export const reachMs = (recentMinutes + earlierMinutes) * minuteMs;
const shownPlaying = 40;
const shownCountries = 60;
const topLength = 10;
/** Fewer starts than this in 10 minutes are not a trend. */
const trendFloor = 5;
const trendRatio = 2;
/** Top lists walk every track of the window: not more often than this, in milliseconds. */
const topAgeMs = 1000;

type Track = Pick<StartEvent, 'track_id' | 'track' | 'artist'>;
type Tops = Pick<LiveSnapshot, 'top_tracks' | 'top_artists' | 'trending' | 'skip_rate'>;
export type PlayingRow = LiveSnapshot['now_playing'][number];
/** The part of a snapshot that follows from the events; the rest is about the reader. */
export type ListeningSnapshot = Omit<
  LiveSnapshot,
  'now' | 'state' | 'lag_ms' | 'behind_records' | 'newest_record_at'
>;

/**
 * Everything the live view knows, fed with records in order of receipt. Bounded: rings for
 * counts, windows for tracks, one playback a listener, an hour of ids.
 */
export class ListeningState {
  readonly #playing: NowPlaying;
  readonly #isForgotten: (user: string) => boolean;
  readonly #forgottenEntries: () => number;
  #forgottenSeen = 0;
  readonly #feed = new Feed();
  readonly #seen = new RecentIds();
  readonly #minutes = new PeriodRing(minuteMs);
  readonly #seconds = new PeriodRing(secondMs);
  readonly #tracks = new WindowedCounts<Track>();
  readonly #artists = new WindowedCounts<string>();
  readonly #outcomes = new WindowedCounts<undefined>();
  #tops: { at: number; value: Tops } | undefined;
  invalid = 0;
  duplicates = 0;
  /** Events that counted, imports included. */
  counted = 0;

  /**
   * @param isForgotten true for listeners who were erased.
   * @param forgottenEntries rises whenever somebody is erased.
   */
  constructor(
    isForgotten: (user: string) => boolean = () => false,
    forgottenEntries: () => number = () => 0,
  ) {
    this.#isForgotten = isForgotten;
    this.#forgottenEntries = forgottenEntries;
    this.#playing = new NowPlaying(isForgotten);
  }

  /**
   * Takes one record.
   * @param receivedAt the record's timestamp in the log, ms since the epoch.
   * @returns true when it belongs to what is shown.
   */
  apply(topic: EventTopic, value: Uint8Array | null, receivedAt: number, now: number): boolean {
    const time = Math.min(receivedAt, now);
    if (time <= now - reachMs) return false;
    const event = parseEvent(topic, value);
    if (event === undefined) {
      this.invalid += 1;
      return true;
    }
    if (this.#isForgotten(event.user_id)) return false;
    if (!this.#seen.add(event.event_id, time)) {
      this.duplicates += 1;
      return false;
    }
    this.counted += 1;
    const listened = topic === 'plays' || topic === 'skips' ? (event as PlayEvent).duration : 0;
    if (time - (Date.parse(event.timestamp) + listened) > hourMs) {
      this.#minutes.add('imported', time);
      return true;
    }
    this.#minutes.add(topic, time);
    this.#seconds.add(topic, time);
    this.#advance(now);
    this.#applyLive(topic, event, time, now);
    return true;
  }

  #applyLive(topic: EventTopic, event: ListeningEvent, time: number, now: number): void {
    const minute = Math.floor(time / minuteMs);
    if (topic === 'starts') {
      const start = event as StartEvent;
      const playing = this.#playing.start(start, time, now);
      if (start.private) return;
      if (playing !== undefined) this.#feed.offer(playing, time);
      const { track_id, track, artist } = start;
      this.#tracks.add(track_id, { track_id, track, artist }, minute, start.user_id);
      this.#artists.add(artist, artist, minute, start.user_id);
    } else if (topic !== 'likes') {
      const ended = event as PlayEvent | SkipEvent | LikeEvent;
      this.#playing.end(ended.user_id, ended.play_id, time);
      if (topic === 'plays' && !ended.private) {
        const { skipped } = ended as PlayEvent;
        this.#outcomes.add(skipped ? 'skipped' : 'finished', undefined, minute);
      }
    }
  }

  #advance(now: number): void {
    const minute = Math.floor(now / minuteMs);
    this.#tracks.advance(minute);
    this.#artists.advance(minute);
    this.#outcomes.advance(minute);
  }

  /** Forgets playbacks that are over, and listeners who were erased; true when there were any. */
  expire(now: number): boolean {
    const entries = this.#forgottenEntries();
    if (entries !== this.#forgottenSeen) {
      this.#forgottenSeen = entries;
      this.#tracks.forget(this.#isForgotten);
      this.#artists.forget(this.#isForgotten);
    }
    return this.#playing.expire(now);
  }

  snapshot(now: number): ListeningSnapshot {
    this.#advance(now);
    if (this.#tops === undefined || now - this.#tops.at >= topAgeMs || now < this.#tops.at) {
      this.#tops = { at: now, value: this.#computeTops(now) };
    }
    const minutes = this.#minutes.list(now);
    return {
      ...this.#listeners(),
      per_minute: minutes.map(({ start, starts, plays, skips, likes }) => ({
        minute: new Date(start).toISOString(),
        starts,
        plays,
        skips,
        likes,
      })),
      rates: this.#rates(now),
      ...this.#tops.value,
      imported_recently: minutes.reduce((sum, { imported }) => sum + imported, 0),
      invalid: this.invalid,
    };
  }

  /** What one listener plays, a private session included. */
  playingOf(user: string): PlayingRow | undefined {
    const playing = this.#playing.of(user);
    return playing && rowOf(playing);
  }

  #listeners(): Pick<
    ListeningSnapshot,
    'listeners_playing' | 'private_listeners' | 'now_playing' | 'devices' | 'countries'
  > {
    const { devices, countries } = this.#playing;
    const rows = this.#feed.list(
      shownPlaying,
      (one) => this.#playing.has(one),
      publicOf(this.#playing.list()),
    );
    return {
      listeners_playing: this.#playing.size,
      private_listeners: this.#playing.privateSize,
      now_playing: rows.map(rowOf),
      devices: byCount(devices).map(([device, listeners]) => ({ device, listeners })),
      countries: byCount(countries)
        .slice(0, shownCountries)
        .map(([country, listeners]) => ({ country, listeners })),
    };
  }

  #rates(now: number): ListeningSnapshot['rates'] {
    const whole = this.#seconds.list(now).slice(0, -1);
    const events = whole
      .slice(-10)
      .reduce((sum, { starts, plays, skips, likes }) => sum + starts + plays + skips + likes, 0);
    const plays = whole.reduce((sum, second) => sum + second.plays, 0);
    return {
      events_per_second: events / 10,
      plays_per_minute: Math.round((plays / whole.length) * 600) / 10,
    };
  }

  #computeTops(now: number): Tops {
    const recent = (entry: { recent: number }) => entry.recent;
    const outcomes = new Map(
      this.#outcomes.best(2, recent).map((entry) => [entry.key, entry.recent]),
    );
    const skipped = outcomes.get('skipped') ?? 0;
    const plays = skipped + (outcomes.get('finished') ?? 0);
    return {
      top_tracks: this.#tracks.best(topLength, recent).map((entry) => ({
        ...entry.label,
        starts: entry.recent,
        listeners: this.#tracks.recentListeners(entry),
      })),
      top_artists: this.#artists.best(topLength, recent).map((entry) => ({
        artist: entry.label,
        starts: entry.recent,
        listeners: this.#artists.recentListeners(entry),
      })),
      trending: this.#trending(now),
      skip_rate: plays === 0 ? null : skipped / plays,
    };
  }

  /** Needs ten minutes to compare with; before that everything would be a trend. */
  #trending(now: number): LiveSnapshot['trending'] {
    const covered = this.#tracks.earlierCovered;
    if (covered < recentMinutes) return [];
    const elapsed = recentMinutes - 1 + (now % minuteMs) / minuteMs;
    const usual = (earlier: number) => (earlier / covered) * elapsed;
    const score = ({ recent, earlier }: { recent: number; earlier: number }) => {
      const expected = usual(earlier);
      if (recent < trendFloor || recent < trendRatio * Math.max(expected, 1)) return 0;
      return (recent - expected) / Math.sqrt(expected + 1);
    };
    return this.#tracks.best(topLength, score).map((entry) => ({
      ...entry.label,
      listeners: this.#tracks.recentListeners(entry),
      starts: entry.recent,
      usual: Math.round(usual(entry.earlier) * 10) / 10,
      ratio: Math.round((entry.recent / Math.max(usual(entry.earlier), 1)) * 10) / 10,
    }));
  }
}

const rowOf = ({ event, startedAt, trackDuration }: Playing): PlayingRow => ({
  user_id: event.user_id,
  track_id: event.track_id,
  track: event.track,
  artist: event.artist,
  album: event.album,
  device: event.device,
  country: event.country,
  started_at: new Date(startedAt).toISOString(),
  track_duration: trackDuration,
});

function* publicOf(all: Iterable<Playing>): Iterable<Playing> {
  for (const one of all) if (!one.event.private) yield one;
}

const byCount = <Key>(counts: ReadonlyMap<Key, number>): [Key, number][] =>
  [...counts].sort((a, b) => b[1] - a[1]);
