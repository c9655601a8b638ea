import type { PlayEvent, SkipEvent, StartEvent } from '../../contracts/index.ts';

/** A fixed moment for tests: the start of a minute. */
export const noon = Date.parse('2026-03-10T12:00:00.000Z');

let ordinal = 0;
/** A new id each time. */
export function newId(): string {
  ordinal += 1;
  return `00000000-0000-7000-8000-${ordinal.toString(16).padStart(12, '0')}`;
}

type Overrides<Event> = Partial<Event> & { at?: number };

const base = (at: number) => ({
  event_id: newId(),
  play_id: newId(),
  user_id: 'ana',
  track_id: 'track-1',
  track: 'One',
  artist: 'Metallica',
  timestamp: new Date(at).toISOString(),
  device: 'mobile' as const,
  source: 'simulator' as const,
});

/** @param at when playback began, ms since the epoch. */
export function startEvent({ at = noon, ...overrides }: Overrides<StartEvent> = {}): StartEvent {
  return { ...base(at), duration: 200_000, country: 'SE', ...overrides };
}

export function playEvent({ at = noon, ...overrides }: Overrides<PlayEvent> = {}): PlayEvent {
  return { ...base(at), duration: 180_000, skipped: false, ...overrides };
}

export function skipEvent({ at = noon, ...overrides }: Overrides<SkipEvent> = {}): SkipEvent {
  return { ...base(at), duration: 5000, skipped: true, ...overrides };
}

export const encode = (event: unknown): Uint8Array => Buffer.from(JSON.stringify(event));
