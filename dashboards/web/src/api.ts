/** The API's answers, as `docs/reference/api.md` describes them. */

export interface Status {
  mart: { version: string; published_at: string; age_seconds: number } | null;
  notice: string | null;
  data: { first_day: string; last_day: string; listeners: number; plays: number } | null;
}

export interface NowPlaying {
  user_id: string;
  track_id: string;
  track: string;
  artist: string;
  device: string;
  country?: string;
  started_at: string;
  track_duration?: number;
}

export interface Live {
  now: string;
  lag_ms: number | null;
  listeners_playing: number;
  private_listeners: number;
  now_playing: NowPlaying[];
  per_minute: { minute: string; starts: number; plays: number; skips: number; likes: number }[];
  rates: { events_per_second: number; plays_per_minute: number };
  top_tracks: { track_id: string; track: string; artist: string; starts: number }[];
  top_artists: { artist: string; starts: number }[];
  trending: { track_id: string; track: string; artist: string; ratio: number; starts: number }[];
  skip_rate: number | null;
  devices: { device: string; listeners: number }[];
  countries: { country: string; listeners: number }[];
}

export interface Day {
  day: string;
  plays: number;
  streams: number;
  skips: number;
  ms_played: number;
  listeners: number;
}

export interface TopItem {
  rank: number;
  id: string;
  track?: string;
  artist: string;
  plays: number;
  streams: number;
  ms_played: number;
  skip_rate: number | null;
}

export interface ListenerItem {
  user_id: string;
  plays: number;
  ms_played: number;
}

export interface Stage {
  name: string;
  status: 'ok' | 'warn' | 'fail' | 'idle';
  headline: string;
  detail: string;
  counts: Record<string, number>;
  lag_seconds?: number;
  at?: string;
}

export interface Health {
  stages: Stage[];
  topics: { topic: string; records: number; latest: number }[];
  tables: {
    table: string;
    rows: number;
    files: number;
    bytes: number;
    last_commit_at: string | null;
  }[];
  dead_letters: { total: number; by_code: { code: string; field: string | null; rows: number }[] };
}

export interface Run {
  run_id: string;
  status: 'success' | 'failed' | 'skipped';
  started_at: string;
  duration_ms: number;
  steps: { name: string; status: string; duration_ms: number; message?: string }[];
  tests: {
    passed: number;
    failed: number;
    warned: number;
    failures: {
      name: string;
      severity: string;
      failing_rows: number;
      message: string;
      sql?: string;
    }[];
  };
  mart_version?: string;
  error?: { code: string; message: string };
}

export interface TrackName {
  track_id: string;
  track: string;
  artist: string;
  genre: string | null;
}

export interface RecommendedTrack extends TrackName {
  rank: number;
  source: 'taste' | 'popular';
  because: { track_id: string; track: string; artist: string }[];
  is_new_artist: boolean;
  popularity: number;
  listeners: number;
}

export interface Blend {
  shared_artists: string[];
  items: (TrackName & { for_both: boolean })[];
}

export interface Choice {
  tier: 'portable' | 'quality' | 'popularity';
  method: string;
  is_chosen: boolean;
  reason: string;
  ndcg: number | null;
  recall_20: number | null;
  coverage: number | null;
  chosen_at: string;
}

/** Asks the API. @throws Error with the problem's own words. */
export async function ask<T>(
  path: string,
  parameters: Record<string, string | undefined> = {},
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, value);
  }
  const suffix = query.size > 0 ? `?${query}` : '';
  const response = await fetch(`/api${path}${suffix}`);
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `The API answered ${response.status}.`);
  }
  return (await response.json()) as T;
}

/** What every page asks first. */
export const statusQuery = { queryKey: ['status'], queryFn: () => ask<Status>('/status') };
