/**
 * What each listener is doing: one array a fact, so that hundreds of thousands fit. Times are
 * ms since the epoch. All but `phase` and `notBefore` holds for the present session only.
 */
export class Playbacks {
  readonly phase: Uint8Array;
  /** No session before this time. */
  readonly notBefore: Float64Array;
  readonly sessionStart: Float64Array;
  /** Sessions so far, and listens so far: with the listener they make ids. */
  readonly sessions: Int32Array;
  readonly listens: Int32Array;
  readonly tracksLeft: Int32Array;
  /** Place of the track in the session, from 0. */
  readonly place: Int32Array;
  /** Index of the device in `deviceShares`, and the flags of the session. */
  readonly device: Uint8Array;
  readonly shuffle: Uint8Array;
  readonly offline: Uint8Array;
  readonly private: Uint8Array;
  readonly track: Int32Array;
  readonly startedAt: Float64Array;
  readonly duration: Int32Array;
  readonly skipped: Uint8Array;
  readonly startReason: Uint8Array;
  readonly endReason: Uint8Array;
  /** ms after the start at which the track is liked or unliked; -1 for neither. */
  readonly likeAfter: Int32Array;
  readonly liked: Uint8Array;

  constructor(count: number) {
    this.phase = new Uint8Array(count);
    this.notBefore = new Float64Array(count);
    this.sessionStart = new Float64Array(count);
    this.sessions = new Int32Array(count);
    this.listens = new Int32Array(count);
    this.tracksLeft = new Int32Array(count);
    this.place = new Int32Array(count);
    this.device = new Uint8Array(count);
    this.shuffle = new Uint8Array(count);
    this.offline = new Uint8Array(count);
    this.private = new Uint8Array(count);
    this.track = new Int32Array(count).fill(-1);
    this.startedAt = new Float64Array(count);
    this.duration = new Int32Array(count);
    this.skipped = new Uint8Array(count);
    this.startReason = new Uint8Array(count);
    this.endReason = new Uint8Array(count);
    this.likeAfter = new Int32Array(count);
    this.liked = new Uint8Array(count);
  }
}

/** Nothing: between two sessions. */
export const idle = 0;
/** A track plays. */
export const playing = 1;
/** A track plays and will be liked or unliked before it ends. */
export const playingUntilLike = 2;
/** Between two tracks of a session. */
export const paused = 3;
