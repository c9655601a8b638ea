import type { EventTopic } from '../../../contracts/index.ts';
import type { Track } from './catalogue.ts';
import type { Listener } from './listener.ts';
import type { Playback } from './listening.ts';
import type { Random } from './random.ts';

/** Four hex digits of every 16-bit number, as bytes. */
const hexDigits = (() => {
  const table = new Uint8Array(65_536 * 4);
  for (let value = 0; value < 65_536; value += 1) {
    table.set(Buffer.from(value.toString(16).padStart(4, '0'), 'latin1'), value * 4);
  }
  return table;
})();

const minuteSlots = 1 << 13;
const minuteLength = 17;
const hyphen = 0x2d;
const zero = 0x30;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

const pieces = {
  play: bytesOf('","play_id":"'),
  time: bytesOf('","timestamp":"'),
  duration: bytesOf(',"duration":'),
  skippedTrue: bytesOf(',"skipped":true'),
  skippedFalse: bytesOf(',"skipped":false'),
  likedTrue: bytesOf(',"liked":true'),
  likedFalse: bytesOf(',"liked":false'),
};

/** The high bits of a playback's id, so that its events can share it. */
export interface PlayId {
  readonly time: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Writes events as JSON, bytes straight into a buffer: what never changes about a track or a
 * listener is encoded once.
 */
export class EventEncoder {
  readonly #buffer = new Uint8Array(64 * 1024);
  readonly #random: Random;
  readonly #tracks: readonly Track[];
  readonly #trackParts: (Uint8Array | undefined)[] = [];
  readonly #listenerParts: (Uint8Array | undefined)[] = [];
  readonly #flagParts: (Uint8Array | undefined)[] = [];
  readonly #prefixes: Record<EventTopic, Uint8Array>;
  #at = 0;
  /** `2025-11-18T14:03:` of recent minutes: slot of a minute → the minute, and its text. */
  readonly #minutes = new Float64Array(minuteSlots).fill(-1);
  readonly #minuteTexts = new Uint8Array(minuteSlots * minuteLength);

  /** @param withTopic begin each event with its topic, for streams that hold all topics. */
  constructor(random: Random, tracks: readonly Track[], withTopic: boolean) {
    this.#random = random;
    this.#tracks = tracks;
    const prefix = (topic: EventTopic) =>
      bytesOf(withTopic ? `{"topic":"${topic}","event_id":"` : '{"event_id":"');
    this.#prefixes = {
      starts: prefix('starts'),
      plays: prefix('plays'),
      skips: prefix('skips'),
      likes: prefix('likes'),
    };
  }

  newPlayId(time: number): PlayId {
    const random = this.#random;
    return { time, a: random.bits(), b: random.bits(), c: random.bits() };
  }

  /** The event's bytes: a view that is valid until the next call. */
  encode(topic: EventTopic, play: Playback, playId: PlayId, receivedAt: number): Uint8Array {
    this.#at = 0;
    const random = this.#random;
    this.#copy(this.#prefixes[topic]);
    this.#uuid(receivedAt, random.bits(), random.bits(), random.bits());
    this.#copy(pieces.play);
    this.#uuid(playId.time, playId.a, playId.b, playId.c);
    this.#copy(pieces.time);
    this.#timestamp(play.startedAt);
    this.#copy(this.#listenerPart(play.listener));
    this.#copy(this.#trackPart(play.track));
    if (topic !== 'likes') {
      this.#copy(pieces.duration);
      this.#number(topic === 'starts' ? this.#tracks[play.track]!.durationMs : play.listenedMs);
    }
    if (topic === 'plays') this.#copy(play.skipped ? pieces.skippedTrue : pieces.skippedFalse);
    if (topic === 'skips') this.#copy(pieces.skippedTrue);
    if (topic === 'likes') this.#copy(play.liked === false ? pieces.likedFalse : pieces.likedTrue);
    this.#copy(this.#flags(topic, play));
    return this.#buffer.subarray(0, this.#at);
  }

  #trackPart(place: number): Uint8Array {
    let part = this.#trackParts[place];
    if (part === undefined) {
      const track = this.#tracks[place]!;
      part = bytesOf(
        `,"track_id":${JSON.stringify(track.id)},"track":${JSON.stringify(track.name)},"artist":${JSON.stringify(track.artist)},"album":${JSON.stringify(track.album)},"genre":${JSON.stringify(track.genre)},"track_duration":${track.durationMs}`,
      );
      this.#trackParts[place] = part;
    }
    return part;
  }

  #listenerPart(listener: Listener): Uint8Array {
    let part = this.#listenerParts[listener.index];
    if (part === undefined) {
      part = bytesOf(`","user_id":"${listener.id}","country":"${listener.country}"`);
      this.#listenerParts[listener.index] = part;
    }
    return part;
  }

  /** What is left: there are few combinations, so each is encoded once. */
  #flags(topic: EventTopic, play: Playback): Uint8Array {
    const ended = topic === 'plays' || topic === 'skips';
    const key = ended ? play.flags * 2 + 1 : play.flags * 2;
    let part = this.#flagParts[key];
    if (part === undefined) {
      const fields = [
        `,"device":"${play.device}","source":"simulator"`,
        play.shuffle ? ',"shuffle":true' : '',
        play.private ? ',"private":true' : '',
        play.offline ? ',"offline":true' : '',
        ended ? `,"reason_start":"${play.reasonStart}","reason_end":"${play.reasonEnd}"` : '',
      ];
      part = bytesOf(`${fields.join('')}}`);
      this.#flagParts[key] = part;
    }
    return part;
  }

  #copy(part: Uint8Array): void {
    this.#buffer.set(part, this.#at);
    this.#at += part.length;
  }

  /** UUID v7 (RFC 9562): 48 bits of time, version, random bits with the variant. */
  #uuid(time: number, a: number, b: number, c: number): void {
    const high = Math.floor(time / 65_536);
    this.#hex(high >>> 16);
    this.#hex(high & 0xffff);
    this.#buffer[this.#at++] = hyphen;
    this.#hex(time % 65_536);
    this.#buffer[this.#at++] = hyphen;
    this.#hex(0x7000 | (a & 0x0fff));
    this.#buffer[this.#at++] = hyphen;
    this.#hex(0x8000 | ((a >>> 12) & 0x3fff));
    this.#buffer[this.#at++] = hyphen;
    this.#hex(b >>> 16);
    this.#hex(b & 0xffff);
    this.#hex(c >>> 16);
  }

  #hex(value: number): void {
    const from = value * 4;
    const buffer = this.#buffer;
    buffer[this.#at] = hexDigits[from]!;
    buffer[this.#at + 1] = hexDigits[from + 1]!;
    buffer[this.#at + 2] = hexDigits[from + 2]!;
    buffer[this.#at + 3] = hexDigits[from + 3]!;
    this.#at += 4;
  }

  #timestamp(time: number): void {
    const minute = Math.floor(time / 60_000);
    const slot = minute % minuteSlots;
    const from = slot * minuteLength;
    if (this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute;
      const text = new Date(minute * 60_000).toISOString().slice(0, minuteLength);
      this.#minuteTexts.set(bytesOf(text), from);
    }
    const texts = this.#minuteTexts;
    for (let index = 0; index < minuteLength; index += 1) {
      this.#buffer[this.#at + index] = texts[from + index]!;
    }
    this.#at += minuteLength;
    const ms = time - minute * 60_000;
    const second = Math.floor(ms / 1000);
    const rest = ms % 1000;
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = zero + Math.floor(second / 10);
    buffer[at + 1] = zero + (second % 10);
    buffer[at + 2] = 0x2e;
    buffer[at + 3] = zero + Math.floor(rest / 100);
    buffer[at + 4] = zero + (Math.floor(rest / 10) % 10);
    buffer[at + 5] = zero + (rest % 10);
    buffer[at + 6] = 0x5a;
    this.#at += 7;
  }

  #number(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
    let rest = value;
    for (let index = digits - 1; index >= 0; index -= 1) {
      this.#buffer[this.#at + index] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#at += digits;
  }
}
