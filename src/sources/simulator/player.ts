import type { EventTopic } from '../../../contracts/index.ts';
import { AliasTable } from './alias-table.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Delivery } from './delivery.ts';
import type { EventWriter } from './event-writer.ts';
import * as habits from './habits.ts';
import type { Likes } from './likes.ts';
import type { Listeners } from './listeners.ts';
import { idle, type Playbacks, paused, playing, playingUntilLike } from './playback.ts';
import type { Random } from './random.ts';
import type { Taste } from './taste.ts';

const deviceTable = new AliasTable(habits.deviceShares.map(({ share }) => share));
/** Between two records that a device sends after it has been offline, ms. */
const uploadIntervalMs = 40;

interface OfflineRecord {
  readonly topic: EventTopic;
  readonly value: Uint8Array;
}

export interface PlayerParts {
  readonly listeners: Listeners;
  readonly playbacks: Playbacks;
  readonly catalogue: Catalogue;
  readonly taste: Taste;
  readonly likes: Likes;
  readonly random: Random;
  readonly writer: EventWriter;
  readonly delivery: Delivery;
}

/** What a listener does from one moment to the next, and the events that this makes. */
export class Player {
  readonly #parts: PlayerParts;
  /** Records of sessions without connection, until the device is online again. */
  readonly #offline = new Map<number, OfflineRecord[]>();

  constructor(parts: PlayerParts) {
    this.#parts = parts;
  }

  /** Decides what holds for a whole session; its first track is not begun. */
  beginSession(listener: number, at: number): void {
    const { listeners, playbacks, random } = this.#parts;
    const device = deviceTable.draw(random.bits());
    playbacks.sessionStart[listener] = at;
    playbacks.sessions[listener]! += 1;
    playbacks.tracksLeft[listener] = habits.tracksInSession(
      listeners.sessionTracks[listener]!,
      listeners.sessionSpread[listener]!,
      random,
    );
    playbacks.place[listener] = 0;
    playbacks.track[listener] = -1;
    playbacks.device[listener] = device;
    playbacks.shuffle[listener] = Number(random.chance(0.35));
    playbacks.private[listener] = Number(random.chance(listeners.privateShare[listener]!));
    playbacks.offline[listener] = Number(
      device === habits.mobileDevice && random.chance(listeners.offlineShare[listener]!),
    );
    playbacks.startReason[listener] = habits.firstStartReason(random);
  }

  /** Chooses a session's next track and how it will end, without any event. */
  chooseTrack(listener: number, at: number): void {
    const { listeners, playbacks, catalogue, taste, likes, random } = this.#parts;
    const track = taste.next(listener, playbacks.track[listener]!, at, random);
    const length = catalogue.durationMs[track]!;
    const place = playbacks.place[listener]!;
    const skipped = habits.isSkipped(place, listeners.skipTendency[listener]!, random);
    const duration = skipped ? habits.listenedBeforeSkip(length, random) : length;
    playbacks.listens[listener]! += 1;
    playbacks.track[listener] = track;
    playbacks.startedAt[listener] = at;
    playbacks.duration[listener] = duration;
    playbacks.skipped[listener] = Number(skipped);
    playbacks.endReason[listener] = skipped
      ? habits.skipReason(playbacks.tracksLeft[listener] === 1, random)
      : habits.trackDone;
    const isLiked = likes.has(listener, track);
    const change = random.fraction();
    playbacks.liked[listener] = Number(!isLiked);
    playbacks.likeAfter[listener] =
      !skipped && change < (isLiked ? habits.unlikeShare : habits.likeShare)
        ? Math.floor(duration * (0.1 + 0.85 * random.fraction()))
        : -1;
    playbacks.phase[listener] = playbacks.likeAfter[listener]! < 0 ? playing : playingUntilLike;
  }

  /**
   * Begins the session's next track.
   * @returns when something happens to the listener next.
   */
  beginTrack(listener: number, at: number): number {
    this.chooseTrack(listener, at);
    this.#send('starts', listener, at);
    return this.nextChange(listener);
  }

  /** When a listener whose track plays does something next: a like, or the end. */
  nextChange(listener: number): number {
    const { phase, startedAt, likeAfter, duration } = this.#parts.playbacks;
    const after = phase[listener] === playingUntilLike ? likeAfter : duration;
    return startedAt[listener]! + after[listener]!;
  }

  /**
   * Goes on from a like or from the end of a track, whichever it is time for.
   * @returns when something happens next; positive infinity when the session is over.
   */
  goOn(listener: number, at: number): number {
    const { playbacks, random, likes } = this.#parts;
    if (playbacks.phase[listener] === playingUntilLike) {
      playbacks.phase[listener] = playing;
      likes.set(listener, playbacks.track[listener]!, playbacks.liked[listener] === 1);
      this.#send('likes', listener, at);
      return this.nextChange(listener);
    }
    this.#send('plays', listener, at);
    if (playbacks.skipped[listener] === 1) this.#send('skips', listener, at);
    playbacks.tracksLeft[listener]! -= 1;
    if (playbacks.tracksLeft[listener] === 0) {
      this.#endSession(listener, at);
      return Number.POSITIVE_INFINITY;
    }
    playbacks.place[listener]! += 1;
    playbacks.startReason[listener] = habits.startReasonAfter(playbacks.endReason[listener]!);
    playbacks.phase[listener] = paused;
    return at + habits.pause(random);
  }

  #endSession(listener: number, at: number): void {
    const { playbacks, delivery, listeners, random } = this.#parts;
    playbacks.phase[listener] = idle;
    playbacks.notBefore[listener] = at + habits.betweenSessionsMs;
    if (playbacks.offline[listener] === 0) return;
    const records = this.#offline.get(listener) ?? [];
    this.#offline.delete(listener);
    const online = at + habits.timeToReconnect(random);
    for (const [place, { topic, value }] of records.entries()) {
      const receivedAt = online + place * uploadIntervalMs;
      delivery.take(topic, listeners.userId(listener), value, receivedAt, at);
    }
  }

  #send(topic: EventTopic, listener: number, at: number): void {
    const { writer, delivery, listeners, playbacks } = this.#parts;
    const value = writer.write(topic, listener, at);
    if (playbacks.offline[listener] === 0) {
      delivery.take(topic, listeners.userId(listener), value, at, at);
      return;
    }
    const records = this.#offline.get(listener) ?? [];
    records.push({ topic, value: Uint8Array.from(value) });
    this.#offline.set(listener, records);
  }
}
