import { devices } from '../../../contracts/index.ts';
import type { Charts, Listener } from './listener.ts';
import type { Random } from './random.ts';

/** One playback as it will have happened. Times are ms since the epoch. */
export interface Playback {
  readonly listener: Listener;
  /** Place of the track in the catalogue. */
  readonly track: number;
  readonly startedAt: number;
  /** How long it was listened to, in ms. */
  readonly listenedMs: number;
  readonly skipped: boolean;
  /** A like (true), its withdrawal (false), or neither. */
  readonly liked: boolean | undefined;
  readonly device: string;
  readonly shuffle: boolean;
  readonly private: boolean;
  readonly offline: boolean;
  readonly reasonStart: string;
  readonly reasonEnd: string;
  /** A number for all that is said of a play besides track, times and listener. */
  readonly flags: number;
}

/** What holds for all plays of a session. */
export interface Session {
  readonly device: string;
  readonly shuffle: boolean;
  readonly private: boolean;
  readonly offline: boolean;
  plays: number;
  place: number;
  last: number;
  previousSkipped: boolean;
  /** A number for device, shuffle, private and offline together. */
  readonly flags: number;
}

export function beginSession(listener: Listener, random: Random): Session {
  const device = random.pick(listener.devices);
  const shuffle = random.chance(0.45);
  const isPrivate = random.chance(listener.privateShare);
  const offline = device === 'mobile' && random.chance(listener.offlineShare);
  return {
    device,
    shuffle,
    private: isPrivate,
    offline,
    plays: Math.max(1, Math.round(random.logNormal(listener.sessionPlays, 0.95))),
    place: 0,
    last: -1,
    previousSkipped: false,
    flags: sessionFlags(device, shuffle, isPrivate, offline),
  };
}

const startReasons = ['clickrow', 'fwdbtn', 'trackdone'] as const;
const endReasons = ['fwdbtn', 'backbtn', 'trackdone'] as const;

const sessionFlags = (device: string, shuffle: boolean, isPrivate: boolean, offline: boolean) =>
  devices.indexOf(device as (typeof devices)[number]) * 8 +
  Number(shuffle) * 4 +
  Number(isPrivate) * 2 +
  Number(offline);

/** Skip rate by place in the session: .38 on the first track, .53 from the fourth on (MSSD). */
const skipRate = (place: number): number => 0.38 + 0.15 * Math.min(1, place / 3);

/** Plays the next track of a session, beginning at `startedAt`. */
export function nextPlayback(
  listener: Listener,
  session: Session,
  startedAt: number,
  charts: Charts,
  random: Random,
): Playback {
  const track = chooseTrack(listener, session, charts, random);
  const length = charts.tracks[track]!.durationMs;
  const loved = listener.liked.has(track) ? 0.6 : 1;
  const skipped = random.chance(
    Math.min(0.9, skipRate(session.place) * listener.skipping * loved * 0.96),
  );
  const listenedMs = skipped ? skippedAfter(length, random) : length;
  const liked = likeOf(listener, track, skipped, random);
  const start = session.place === 0 ? 0 : session.previousSkipped ? 1 : 2;
  const end = skipped ? (random.chance(0.9) ? 0 : 1) : 2;
  const playback: Playback = {
    listener,
    track,
    startedAt,
    listenedMs,
    skipped,
    liked,
    device: session.device,
    shuffle: session.shuffle,
    private: session.private,
    offline: session.offline,
    reasonStart: startReasons[start]!,
    reasonEnd: endReasons[end]!,
    flags: session.flags * 9 + start * 3 + end,
  };
  session.place += 1;
  session.last = track;
  session.previousSkipped = skipped;
  return playback;
}

/** Pause between two tracks of a session in ms: mostly none. */
export function pauseAfter(random: Random): number {
  const kind = random.unit();
  if (kind < 0.7) return Math.floor(random.unit() * 400);
  if (kind < 0.97) return Math.floor(random.exponential(25_000));
  return Math.floor(Math.min(1_500_000, random.exponential(420_000)));
}

function chooseTrack(listener: Listener, session: Session, charts: Charts, random: Random): number {
  if (session.last >= 0 && random.chance(0.03)) return session.last;
  const { library } = listener;
  if (library.length > 0 && random.chance(listener.repeat)) {
    // Favourites stand first: a power of a uniform number prefers them.
    return library[Math.floor(library.length * random.unit() ** 2.2)]!;
  }
  const track = charts.draw(random, listener.genres);
  if (!listener.known.has(track) && random.chance(0.5)) {
    listener.known.add(track);
    library.splice(random.below(library.length + 1), 0, track);
    if (library.length > 2000) library.pop();
  }
  return track;
}

/** Half of the skips come within seconds, the rest anywhere in the track. */
function skippedAfter(length: number, random: Random): number {
  const early = random.chance(0.56);
  const time = early ? 600 + random.exponential(7000) : length * (0.1 + 0.85 * random.unit());
  return Math.floor(Math.min(time, length - 1));
}

function likeOf(
  listener: Listener,
  track: number,
  skipped: boolean,
  random: Random,
): boolean | undefined {
  if (skipped || !random.chance(0.035)) return undefined;
  if (listener.liked.has(track)) {
    if (!random.chance(0.1)) return undefined;
    listener.liked.delete(track);
    return false;
  }
  listener.liked.add(track);
  return true;
}
