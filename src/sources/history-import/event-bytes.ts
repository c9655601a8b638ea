import { ByteWriter } from './byte-writer.ts';
import type { ExportedPlay } from './play.ts';

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const opening = ascii('{"event_id":"');
const afterEventId = ascii('","play_id":"');
const names = {
  user: ascii('","user_id":'),
  trackId: ascii(',"track_id":'),
  track: ascii(',"track":'),
  artist: ascii(',"artist":'),
  album: ascii(',"album":'),
  timestamp: ascii(',"timestamp":"'),
  duration: ascii('","duration":'),
  trackDuration: ascii(',"track_duration":'),
  skipped: ascii(',"skipped":'),
  device: ascii(',"device":'),
  source: ascii(',"source":'),
  country: ascii(',"country":'),
  shuffle: ascii(',"shuffle":'),
  offline: ascii(',"offline":'),
  private: ascii(',"private":'),
  reasonStart: ascii(',"reason_start":'),
  reasonEnd: ascii(',"reason_end":'),
};
const truth = { true: ascii('true'), false: ascii('false') };
const closingBrace = 0x7d;

/** Writes plays and skips as events: the bytes that `JSON.stringify` would make of them. */
export class EventBytes {
  readonly #user: string;
  readonly #bytes = new ByteWriter();

  constructor(user: string) {
    this.#user = user;
  }

  /**
   * The event of a play. Ids come as the hashes that they are made of.
   * @returns bytes that stay until the next play.
   */
  play(play: ExportedPlay, eventId: string, playId: string): Buffer {
    const bytes = this.#bytes;
    bytes.length = 0;
    bytes.ascii(opening);
    bytes.uuid(eventId);
    bytes.ascii(afterEventId);
    bytes.uuid(playId);
    this.#text(names.user, this.#user);
    this.#text(names.trackId, play.trackId);
    this.#text(names.track, play.track);
    this.#text(names.artist, play.artist);
    this.#text(names.album, play.album);
    bytes.ascii(names.timestamp);
    bytes.timestamp(play.startedAt);
    bytes.ascii(names.duration);
    bytes.number(play.listenedMs);
    if (play.trackDurationMs !== undefined) {
      bytes.ascii(names.trackDuration);
      bytes.number(play.trackDurationMs);
    }
    this.#fact(names.skipped, play.skipped);
    this.#text(names.device, play.device);
    this.#text(names.source, play.source);
    this.#text(names.country, play.country);
    this.#fact(names.shuffle, play.shuffle);
    this.#fact(names.offline, play.offline);
    this.#fact(names.private, play.private);
    this.#text(names.reasonStart, play.reasonStart);
    this.#text(names.reasonEnd, play.reasonEnd);
    bytes.byte(closingBrace);
    return bytes.from(0);
  }

  /** The skip that ended the last play: it says what its play says, under an id of its own. */
  skip(eventId: string): Buffer {
    this.#bytes.uuid(eventId, opening.length);
    return this.#bytes.from(0);
  }

  #text(name: Uint8Array, value: string | undefined): void {
    if (value === undefined) return;
    this.#bytes.ascii(name);
    this.#bytes.quoted(value);
  }

  #fact(name: Uint8Array, value: boolean | undefined): void {
    if (value === undefined) return;
    this.#bytes.ascii(name);
    this.#bytes.ascii(value ? truth.true : truth.false);
  }
}
