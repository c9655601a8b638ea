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
  state: 'rebuilding' | 'live' | 'retrying';
  behind_records: number;
  imported_recently: number;
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
  album?: string;
  artist?: string;
  plays: number;
  streams: number;
  ms_played: number;
  skip_rate: number | null;
  previous_rank?: number | null;
  first_played_at?: string;
  last_played_at?: string;
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
  freshness: {
    last_event_received_at: string | null;
    last_commit_at: string | null;
    mart_published_at: string | null;
  };
}

export interface Alert {
  key: string;
  title: string;
  detail: string;
  severity: 'warning' | 'critical';
  since: string;
  runbook: string;
}

export interface AlertBook {
  firing: Alert[];
  resolved: (Alert & { resolved_at: string })[];
  channels: string[];
}

export interface TestedRun {
  run_id: string;
  at: string;
  passed: number;
  warned: number;
  failed: number;
}

export interface QualityTest {
  name: string;
  title: string;
  reads: string[];
  severity: 'error' | 'warn';
  status: 'pass' | 'warn' | 'fail' | 'error' | 'skipped' | null;
  failing_rows: number;
  at: string | null;
  history: QualityTest['status'][];
}

export interface QualityTestInFull extends Omit<QualityTest, 'history'> {
  sql: string;
  failure: {
    at: string;
    status: string;
    failing_rows: number;
    message: string;
    sql: string;
    columns: string[];
    rows: (string | number | boolean | null)[][];
    hidden_columns: string[];
  } | null;
}

export interface LineageNode {
  id: string;
  layer: string;
  description: string;
  grain: string;
  columns: { name: string; description: string }[];
  rows: number | null;
  status: 'success' | 'error' | 'skipped' | null;
  built_at: string | null;
  seconds: number | null;
  tests: { passed: number; warned: number; failed: number };
}

export interface Lineage {
  at: string | null;
  nodes: LineageNode[];
  edges: { from: string; to: string }[];
}

export interface DeadLetters {
  reasons: {
    code: string;
    field: string | null;
    topic: string;
    waiting: number;
    replayed: number;
    last_received_at: string;
  }[];
  letters: {
    dead_letter_id: string;
    field: string | null;
    reason: string;
    received_at: string;
    replayed_at: string | null;
  }[];
}

export interface Replayed {
  looked_at: number;
  replayed: Record<string, number>;
  refused: Record<string, number>;
}

export interface Volume {
  hours: {
    hour: string;
    actual: number;
    expected: number | null;
    expected_low: number | null;
    expected_high: number | null;
    state: 'learning' | 'usual' | 'low' | 'high';
  }[];
  anomalies: { topic: string; hour: string; state: 'low' | 'high' }[];
}

export interface SourceAccount {
  user: string;
  state: 'ok' | 'login_needed' | 'failing' | 'new';
  problem: string | null;
  warning: string | null;
  polled_at: string | null;
  gaps: { from: string; to: string }[];
}

export interface Cost {
  basis: 'measured' | 'billed' | 'plan';
  days: number;
  lines: {
    stage: string;
    provider: string;
    what: string;
    quantity: number;
    unit: string;
    dollars: number;
  }[];
  total: number;
  advice: { change: string; saves: number }[];
}

export interface Run {
  run_id: string;
  status: 'success' | 'failed' | 'skipped';
  started_at: string;
  duration_ms: number;
  steps: {
    name: string;
    status: string;
    started_at: string;
    duration_ms: number;
    message?: string;
  }[];
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
  /** `list_of` is null where a song is in both lists. */
  items: (TrackName & { for_both: boolean; list_of: string | null })[];
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

/** What the API refused, in its own words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** Asks the API. @throws ApiError with the problem's own words. */
export async function ask<T>(
  path: string,
  parameters: Record<string, string | undefined> = {},
  /** Gives the question up. */
  signal?: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, value);
  }
  const suffix = query.size > 0 ? `?${query}` : '';
  return await answerOf<T>(await fetch(`/api${path}${suffix}`, { signal: signal ?? null }));
}

/** Asks the API to do something. @throws ApiError with the problem's own words. */
export async function send<T>(
  path: string,
  body: object | undefined,
  method: 'POST' | 'PUT' | 'DELETE' = 'POST',
): Promise<T> {
  const response = await fetch(`/api${path}`, {
    method,
    headers: {
      'x-tonearm': '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  return await answerOf<T>(response);
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new ApiError(response.status, problem.detail ?? `The API answered ${response.status}.`);
}

/** What every page asks first. */
export interface Erasure {
  state: 'running' | 'done' | 'failed';
  started_at: string;
  finished_at: string | null;
  message: string | null;
  proof: { store: string; files: number; bytes: number; rows: number; hits: number }[];
  log_bytes_until: string | null;
}

/** The erasure of a listener, if one was asked for since the server started. */
export const erasureQuery = (user: string) => ({
  queryKey: ['erasure', user],
  queryFn: async () => {
    const response = await fetch(`/api/listeners/${encodeURIComponent(user)}/erasure`);
    return response.status === 204 ? null : await answerOf<Erasure>(response);
  },
  refetchInterval: ({ state }: { state: { data?: Erasure | null | undefined } }) =>
    state.data?.state === 'running' ? 1500 : false,
});

export const statusQuery = { queryKey: ['status'], queryFn: () => ask<Status>('/status') };
