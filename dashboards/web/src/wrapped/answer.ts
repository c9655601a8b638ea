import type { Hour } from './personality.ts';

/** A listener's year or month, as the API tells it. */
export interface WrappedAnswer {
  user_id: string;
  from: string;
  to: string;
  rules: { streams: number; artists: number };
  totals: {
    is_ready: boolean;
    plays: number;
    streams: number;
    skips: number;
    ms_played: number;
    tracks: number;
    artists: number;
    days: number;
    first_track: string;
    first_artist: string;
    first_played_at: string;
  };
  tops: {
    kind: string;
    rank: number;
    name: string;
    artist: string | null;
    streams: number;
    ms_played: number;
  }[];
  days: { day: string; ms_played: number }[];
  hours: Hour[];
  new_artists: number;
  found: { artist: string; streams: number } | null;
}
