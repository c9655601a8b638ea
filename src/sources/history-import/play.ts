import { createHash } from 'node:crypto';
import { type devices, maxDurationMs, type sources } from '../../../contracts/index.ts';

/** Why a row of an export was left out. */
export const leftOutReasons = [
  'podcast',
  'audiobook',
  'video',
  'private',
  'zero_length',
  'unknown_track',
  'now_playing',
  'duplicate',
  'unreadable',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** One listen, as an export tells it, in our words. Times are ms since the epoch. */
export interface ExportedPlay {
  readonly source: (typeof sources)[number];
  readonly trackId: string;
  readonly track: string;
  readonly artist: string;
  readonly album?: string;
  readonly startedAt: number;
  readonly listenedMs: number;
  readonly trackDurationMs?: number;
  readonly skipped: boolean;
  readonly device: (typeof devices)[number];
  readonly country?: string;
  readonly shuffle?: boolean;
  readonly offline?: boolean;
  /** Seconds since the epoch: tells offline plays apart that were reported in the same second. */
  readonly offlineAt?: number;
  readonly private?: boolean;
  readonly reasonStart?: string;
  readonly reasonEnd?: string;
}

export type ReadRow = ExportedPlay | LeftOutReason;

export type Row = Record<string, unknown>;

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text with something in it; undefined for anything else. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

export const flag = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

/** A length that the contract believes, in ms. */
export function milliseconds(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maxDurationMs
    ? Number(value)
    : undefined;
}

/** Names without a track id of Spotify's: an id of our own, the same for the same artist and track. */
export function ownTrackId(artist: string, track: string): string {
  const hash = createHash('sha1').update(`${artist}\u0000${track}`).digest('hex');
  return `tonearm:track:${hash.slice(0, 22)}`;
}

const firstTime = Date.UTC(1970, 0, 1);
const lastTime = Date.UTC(9999, 11, 31);

/** True for a time that the contract can write. */
export const isWritableTime = (time: number): boolean => time >= firstTime && time <= lastTime;
