import type { EventTopic } from '../../../contracts/index.ts';
import { TimestampWriter, uuidLength, writeNumber, writeUuid } from '../text-bytes.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { countries } from './countries.ts';
import { deviceShares, endReasons, startReasons } from './habits.ts';
import type { Listeners } from './listeners.ts';
import type { Playbacks } from './playback.ts';
import { mix32 } from './random.ts';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
/** Room for everything but the track's names. */
const fixedBytes = 1024;
/** Playbacks of which the bytes are kept, and room for each. */
const keptPlaybacks = 4096;
const keptBytes = 768;

const like = ascii('"liked":true}');
const unlike = ascii('"liked":false}');
/** What a like has not: the last field of the session's part. */
const durationField = '"duration":';
const closingBrace = 0x7d;
const endings = [false, true].map((skipped) =>
  endReasons.map((reason) => ascii(`,"skipped":${skipped},"reason_end":"${reason}"}`)),
);
const topicNumbers: Record<EventTopic, number> = { starts: 0, plays: 1, skips: 2, likes: 3 };
/** Places that are filled in later. */
const noId = ' '.repeat(uuidLength);
const playbackOpening = ascii(
  `","play_id":"${noId}","session_id":"${noId}","timestamp":"${' '.repeat(TimestampWriter.length)}`,
);
const sessionIdFromEnd = TimestampWriter.length + '","timestamp":"'.length + uuidLength;
const playIdFromEnd = sessionIdFromEnd + '","session_id":"'.length + uuidLength;
const sessionNumber = 4;
const playNumber = 5;

/**
 * Writes events as JSON straight into a buffer. What never changes about a track, a listener
 * or a kind of session is encoded once.
 */
export class EventWriter {
  readonly #catalogue: Catalogue;
  readonly #listeners: Listeners;
  readonly #playbacks: Playbacks;
  readonly #openings: Record<EventTopic, Buffer>;
  readonly #trackParts: (Buffer | undefined)[] = [];
  readonly #listenerParts: (Buffer | undefined)[] = [];
  readonly #sessionParts: (Buffer | undefined)[] = [];
  readonly #timestamps = new TimestampWriter();
  /** Of recent playbacks what their events share: slot of a listener → bytes. */
  readonly #kept = Buffer.allocUnsafeSlow(keptPlaybacks * keptBytes);
  readonly #keptListener = new Int32Array(keptPlaybacks).fill(-1);
  readonly #keptListens = new Int32Array(keptPlaybacks);
  readonly #keptLength = new Int32Array(keptPlaybacks);
  #views: Uint8Array[] = [];
  #buffer = Buffer.allocUnsafeSlow(16 * 1024);
  #at = 0;

  /** @param withTopic begin each event with its topic, for streams that hold all topics. */
  constructor(
    catalogue: Catalogue,
    listeners: Listeners,
    playbacks: Playbacks,
    withTopic: boolean,
  ) {
    this.#catalogue = catalogue;
    this.#listeners = listeners;
    this.#playbacks = playbacks;
    const opening = (topic: EventTopic) =>
      ascii(withTopic ? `{"topic":"${topic}","event_id":"${noId}` : `{"event_id":"${noId}`);
    this.#openings = {
      starts: opening('starts'),
      plays: opening('plays'),
      skips: opening('skips'),
      likes: opening('likes'),
    };
  }

  /**
   * The event of a listener's present playback.
   * @param madeAt when it happens, ms.
   * @returns a view that is valid until the next call.
   */
  write(topic: EventTopic, listener: number, madeAt: number): Uint8Array {
    const listens = this.#playbacks.listens[listener]!;
    const opening = this.#openings[topic];
    this.#buffer.set(opening, 0);
    this.#at = opening.length;
    this.#writeId(this.#at - uuidLength, listener, topicNumbers[topic], listens, madeAt);
    const slot = listener % keptPlaybacks;
    if (this.#keptListener[slot] === listener && this.#keptListens[slot] === listens) {
      const from = slot * keptBytes;
      const length = this.#keptLength[slot]!;
      this.#kept.copy(this.#buffer, this.#at, from, from + length);
      this.#at += length;
    } else {
      const from = this.#at;
      this.#appendPlayback(listener, listens);
      this.#keep(slot, listener, listens, from);
    }
    this.#appendEnding(topic, listener);
    return this.#view(this.#at);
  }

  /** What all events of a playback share. */
  #appendPlayback(listener: number, listens: number): void {
    const playbacks = this.#playbacks;
    const track = playbacks.track[listener]!;
    const trackPart = this.#trackParts[track] ?? this.#encodeTrack(track);
    const startedAt = playbacks.startedAt[listener]!;
    this.#append(playbackOpening);
    const end = this.#at;
    this.#writeId(end - playIdFromEnd, listener, playNumber, listens, startedAt);
    this.#writeId(
      end - sessionIdFromEnd,
      listener,
      sessionNumber,
      playbacks.sessions[listener]!,
      playbacks.sessionStart[listener]!,
    );
    this.#timestamps.write(this.#buffer, end - TimestampWriter.length, startedAt);
    this.#append(this.#listenerParts[listener] ?? this.#encodeListener(listener));
    this.#append(trackPart);
    this.#append(this.#sessionPart(listener));
  }

  /** Keeps what was written since `from` for the next event of the same playback. */
  #keep(slot: number, listener: number, listens: number, from: number): void {
    const length = this.#at - from;
    this.#keptListener[slot] = length > keptBytes ? -1 : listener;
    if (length > keptBytes) return;
    this.#keptListens[slot] = listens;
    this.#keptLength[slot] = length;
    this.#buffer.copy(this.#kept, slot * keptBytes, from, this.#at);
  }

  /** A view on the buffer's first bytes; each length is made once. */
  #view(length: number): Uint8Array {
    let view = this.#views[length];
    if (view === undefined) {
      view = this.#buffer.subarray(0, length);
      this.#views[length] = view;
    }
    return view;
  }

  #appendEnding(topic: EventTopic, listener: number): void {
    const playbacks = this.#playbacks;
    if (topic === 'likes') {
      this.#at -= durationField.length;
      this.#append(playbacks.liked[listener] === 1 ? like : unlike);
      return;
    }
    if (topic === 'starts') {
      const length = this.#catalogue.durationMs[playbacks.track[listener]!]!;
      this.#at = writeNumber(this.#buffer, this.#at, length);
      this.#buffer[this.#at] = closingBrace;
      this.#at += 1;
      return;
    }
    this.#at = writeNumber(this.#buffer, this.#at, playbacks.duration[listener]!);
    this.#append(endings[playbacks.skipped[listener]!]![playbacks.endReason[listener]!]!);
  }

  #append(part: Buffer): void {
    this.#buffer.set(part, this.#at);
    this.#at += part.length;
  }

  /** The random part is derived from listener, kind and number, so that events of a playback agree. */
  #writeId(at: number, listener: number, kind: number, number: number, time: number): void {
    const seed = this.#listeners.seed[listener]!;
    const high = mix32(seed ^ Math.imul(number * 8 + kind, 0x9e3779b1));
    const low = mix32(
      Math.imul(listener, 0x85ebca6b) + Math.imul(number, 0xc2b2ae35) + kind + high,
    );
    writeUuid(this.#buffer, at, time, high, low);
  }

  #encodeTrack(track: number): Buffer {
    const { id, name, artist, album, genre, durationMs } = this.#catalogue.tracks[track]!;
    const text = JSON.stringify;
    const albumField = album === undefined ? '' : `,"album":${text(album)}`;
    const part = Buffer.from(
      `,"track_id":${text(id)},"track":${text(name)},"artist":${text(artist)}${albumField},"genre":${text(genre)},"track_duration":${durationMs}`,
      'utf8',
    );
    if (part.length + fixedBytes > this.#buffer.length) {
      this.#grow(part.length + fixedBytes);
    }
    this.#trackParts[track] = part;
    return part;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(bytes);
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#views = [];
  }

  #encodeListener(listener: number): Buffer {
    const country = countries[this.#listeners.country[listener]!]!.code;
    const part = ascii(`","user_id":"${this.#listeners.userId(listener)}","country":"${country}"`);
    this.#listenerParts[listener] = part;
    return part;
  }

  /** There are few kinds of sessions and reasons to start: each combination is encoded once. */
  #sessionPart(listener: number): Buffer {
    const playbacks = this.#playbacks;
    const device = playbacks.device[listener]!;
    const shuffle = playbacks.shuffle[listener]!;
    const offline = playbacks.offline[listener]!;
    const isPrivate = playbacks.private[listener]!;
    const reason = playbacks.startReason[listener]!;
    const kind = (((device * 2 + shuffle) * 2 + offline) * 2 + isPrivate) * 8 + reason;
    let part = this.#sessionParts[kind];
    if (part === undefined) {
      part = ascii(
        `,"device":"${deviceShares[device]!.device}","source":"simulator","shuffle":${shuffle === 1}${
          offline === 1 ? ',"offline":true' : ''
        }${isPrivate === 1 ? ',"private":true' : ''},"reason_start":"${startReasons[reason]}",${durationField}`,
      );
      this.#sessionParts[kind] = part;
    }
    return part;
  }
}
