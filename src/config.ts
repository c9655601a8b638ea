import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { TonearmError } from './errors.ts';

import { parseS3Location, type S3Location } from './lake/s3-location.ts';

import { type KafkaLocation, parseKafkaLocation } from './log/kafka/location.ts';
import { parseSnowflakeLocation, type SnowflakeLocation } from './warehouse/snowflake/location.ts';

/**
 * How often the lake is written and gold is built, where nothing else is set. What costs by the request
 * and by the second gets longer steps: with these a million events a day stay below $25 a month
 * (`./tonearm cost --plan`, docs/reference/cost.md; a test holds it).
 */
export const defaultPlan = {
  /** `s3` is a bucket of AWS, which bills each request; a server of one's own does not. */
  flushSeconds: { file: 5, ownServer: 5, s3: 60 },
  refreshSeconds: { duckdb: 15, snowflake: 4 * 3600 },
} as const;

const seconds = z.coerce.number().positive();
const memory = z.string().regex(/^\d+(\.\d+)?\s?(MB|GB)$/, 'it must be a size such as 3GB');

const environment = z.object({
  TONEARM_DATA: z.string().min(1).default('./data'),
  TONEARM_CACHE: z.string().min(1).optional(),
  XDG_CACHE_HOME: z.string().optional(),
  TONEARM_LOG: z.string().optional(),
  TONEARM_KAFKA_USERNAME: z.string().optional(),
  TONEARM_KAFKA_PASSWORD: z.string().optional(),
  TONEARM_KAFKA_CA_FILE: z.string().optional(),
  TONEARM_SCHEMA_REGISTRY: z.string().optional(),
  TONEARM_SCHEMA_REGISTRY_USERNAME: z.string().optional(),
  TONEARM_SCHEMA_REGISTRY_PASSWORD: z.string().optional(),
  TONEARM_LAKE: z.string().optional(),
  TONEARM_S3_ENDPOINT: z.string().optional(),
  TONEARM_S3_TIMEOUT_SECONDS: seconds.default(20),
  AWS_ENDPOINT_URL_S3: z.string().optional(),
  AWS_ENDPOINT_URL: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_DEFAULT_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_PROFILE: z.string().optional(),
  TONEARM_WAREHOUSE: z.string().optional(),
  TONEARM_SNOWFLAKE_USER: z.string().optional(),
  TONEARM_SNOWFLAKE_PRIVATE_KEY_FILE: z.string().optional(),
  TONEARM_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: z.string().optional(),
  TONEARM_SNOWFLAKE_PASSWORD: z.string().optional(),
  TONEARM_SNOWFLAKE_ROLE: z.string().optional(),
  TONEARM_SNOWFLAKE_WAREHOUSE: z.string().optional(),
  TONEARM_SNOWFLAKE_URL: z.string().optional(),
  TONEARM_AIRFLOW_DATABASE: z.string().optional(),
  TONEARM_HOST: z.string().min(1).default('127.0.0.1'),
  TONEARM_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  TONEARM_AUTH: z.enum(['auto', 'on', 'off']).default('auto'),
  TONEARM_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'it must be an http(s) address' })
    .optional(),
  TONEARM_SMALLEST_GROUP: z.coerce.number().int().min(1).max(50).default(5),
  TONEARM_SESSION_HOURS: z.coerce.number().positive().max(8760).default(168),
  TONEARM_REQUESTS_PER_MINUTE: z.coerce.number().int().min(10).default(1200),
  TONEARM_FLUSH_SECONDS: seconds.optional(),
  TONEARM_FLUSH_MEGABYTES: z.coerce.number().positive().default(64),
  TONEARM_REFRESH_SECONDS: seconds.optional(),
  TONEARM_WAREHOUSE_MEMORY: memory.default('3GB'),
  TONEARM_MARTS_KEPT: z.coerce.number().int().min(2).default(10),
  TONEARM_VACUUM_HOURS: z.coerce.number().min(0).default(24),
  TONEARM_ALERT_WEBHOOK: z
    .url({ protocol: /^https?$/, error: 'it must be an http(s) address' })
    .optional(),
  TONEARM_ALERT_SMTP: z
    .url({ protocol: /^smtps?$/, error: 'it must be smtp://host or smtps://host' })
    .optional(),
  TONEARM_ALERT_FROM: z.string().default('tonearm@localhost'),
  TONEARM_ALERT_TO: z.string().optional(),
  TONEARM_ALERT_GROUP_SECONDS: z.coerce.number().min(0).max(300).default(3),
  TONEARM_ALERT_REPEAT_HOURS: z.coerce.number().positive().default(24),
  TONEARM_RUNBOOKS_URL: z.url().optional(),
  TONEARM_FRESHNESS_MINUTES: z.coerce.number().positive().default(120),
  TONEARM_LAG_MINUTES: z.coerce.number().positive().default(10),
  TONEARM_DEAD_LETTER_SHARE: z.coerce.number().min(0).max(1).default(0.01),
  TONEARM_LOG_FORMAT: z.enum(['text', 'json']).default('text'),
  TONEARM_LINEAGE: z
    .union([z.enum(['file', 'off']), z.url({ protocol: /^https?$/ })], {
      error: 'it must be file, off or an http(s) address',
    })
    .default('file'),
  TONEARM_LINEAGE_KEY: z.string().optional(),
  TONEARM_LINEAGE_NAMESPACE: z.string().min(1).max(200).default('tonearm'),
  TONEARM_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'it must be an http(s) address' })
    .optional(),
  TONEARM_SPOTIFY_CLIENT_ID: z
    .string()
    .regex(/^[0-9A-Za-z]{8,64}$/, 'is no client id')
    .optional(),
  TONEARM_SPOTIFY_KEY: z.string().optional(),
  TONEARM_SPOTIFY_PORT: z.coerce.number().int().min(0).max(65_535).default(8898),
  TONEARM_SPOTIFY_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  TONEARM_SPOTIFY_POLL_SECONDS: z.coerce.number().min(5).max(3600).default(30),
  TONEARM_SPOTIFY_REQUESTS: z.coerce.number().int().min(1).default(60),
  TONEARM_SPOTIFY_API_URL: z.url().default('https://api.spotify.com'),
  TONEARM_SPOTIFY_ACCOUNTS_URL: z.url().default('https://accounts.spotify.com'),
  TONEARM_API_URL: z
    .url({ protocol: /^https?$/, error: 'it must be an http(s) address' })
    .optional(),
  TONEARM_TOKEN: z.string().optional(),
  TONEARM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** The app at Spotify and how it is asked. */
export interface SpotifySettings {
  /** `<data>/spotify`: accounts, key, rate limit. */
  readonly directory: string;
  readonly clientId: string | undefined;
  /** Base64 of 32 bytes; the key file where it is absent. */
  readonly key: string | undefined;
  /** Port of the login's redirect. */
  readonly port: number;
  readonly pollMs: number;
  /** Where the process that polls answers Prometheus. */
  readonly metricsPort: number | undefined;
  /** Most requests in thirty seconds. */
  readonly requestsPerWindow: number;
  readonly apiUrl: string;
  readonly accountsUrl: string;
}

/** Who may see what the server shows. */
export interface AccessSettings {
  /** `<data>/access`: tokens, people and sessions. */
  readonly directory: string;
  /** `auto`: on as soon as there is a token or a person who may sign in. */
  readonly authentication: 'auto' | 'on' | 'off';
  /** Where browsers reach the server, without a path: `https://music.example.org`. */
  readonly publicUrl: string | undefined;
  /** Shared views leave out groups of fewer listeners. */
  readonly smallestGroup: number;
  readonly sessionMs: number;
  /** Most requests of one client. */
  readonly requestsPerMinute: number;
}

/** The settings, read once. Paths are absolute, times are milliseconds, sizes are bytes. */
export interface Config {
  readonly dataDirectory: string;
  /** Programs that were downloaded once for this user of the machine. */
  readonly cacheDirectory: string;
  readonly log: { readonly kind: 'file'; readonly directory: string } | KafkaLocation;
  readonly lake: { readonly kind: 'file'; readonly directory: string } | S3Location;
  readonly warehouse: { readonly kind: 'duckdb'; readonly path: string } | SnowflakeLocation;
  /** What DuckDB may hold in memory while it builds and publishes, such as `3GB`; beyond that it uses the disk. */
  readonly warehouseMemory: string;
  /** SQLAlchemy address of Airflow's metadata; SQLite under the data directory when absent. */
  readonly airflowDatabase?: string | undefined;
  readonly host: string;
  readonly access: AccessSettings;
  readonly port: number;
  /** Where the Streamlit dashboard finds the API; this machine's when absent. */
  readonly apiUrl?: string | undefined;
  /** What the Streamlit dashboard shows the API. A secret. */
  readonly apiToken?: string | undefined;
  readonly flushMs: number;
  readonly flushBytes: number;
  readonly refreshMs: number;
  readonly martsKept: number;
  readonly vacuumMs: number;
  readonly spotify: SpotifySettings;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `json`: what is done is told as JSON lines on stderr too. */
  readonly logFormat: 'text' | 'json';
  /** Where a sink answers Prometheus; undefined for nowhere. */
  readonly metricsPort: number | undefined;
  /** Address of an OpenTelemetry collector (OTLP over HTTP). */
  readonly traces: string | undefined;
  readonly openLineage: OpenLineageSettings;
  readonly alerts: AlertSettings;
  /** `<data>/marts`: published versions and the pointer to the current one. */
  readonly martsDirectory: string;
  /** `<data>/runs`: one JSON file for each pipeline run. */
  readonly runsDirectory: string;
  /** `<data>/staging`: files on their way into the lake; safe to delete when nothing runs. */
  readonly stagingDirectory: string;
}

/** Where OpenLineage events go. */
export interface OpenLineageSettings {
  readonly kind: 'file' | 'http' | 'off';
  /** Files, and what a collector did not take. */
  readonly directory: string;
  /** Of the collector, with its path; empty for files. */
  readonly url: string;
  /** Bearer token. A secret. */
  readonly key: string | undefined;
  /** What the jobs are grouped under. */
  readonly namespace: string;
}

/** Who is told, and from when on. */
export interface AlertSettings {
  /** Address that takes Slack's format. A secret. */
  readonly webhook: string | undefined;
  /** The URL may hold a password. */
  readonly mail:
    | { readonly url: string; readonly from: string; readonly to: readonly string[] }
    | undefined;
  /** What is raised within this time is one message, ms. */
  readonly groupMs: number;
  /** People are told again about what goes on for so long, ms. */
  readonly repeatMs: number;
  /** Where the pages of docs/runbooks can be read. */
  readonly runbooksUrl: string | undefined;
  readonly freshnessMs: number;
  readonly lagMs: number;
  readonly deadLetterShare: number;
}

function location(name: string, value: string, scheme: string, base: string): string {
  if (value.startsWith(`${scheme}:`)) {
    const path = value.slice(scheme.length + 1);
    if (path.length > 0) return resolve(base, path);
  }
  const shown = value.replace(/\/\/[^@/]*@/, '//***@');
  throw new TonearmError(
    'TNA_CONFIG_UNSUPPORTED',
    `${name} is "${shown}", which this version cannot use.`,
    { remedy: `Set ${name} to ${scheme}:<path>, or leave it out for the default.` },
  );
}

function openLineageSettings(
  settings: z.infer<typeof environment>,
  data: string,
): OpenLineageSettings {
  const place = settings.TONEARM_LINEAGE;
  const isFile = place === 'file' || place === 'off';
  const url = isFile ? undefined : new URL(place);
  // The path that every collector has.
  if (url?.pathname === '/') url.pathname = '/api/v1/lineage';
  return {
    kind: isFile ? place : 'http',
    directory: resolve(data, 'lineage'),
    url: url?.href ?? '',
    key: settings.TONEARM_LINEAGE_KEY,
    namespace: settings.TONEARM_LINEAGE_NAMESPACE,
  };
}

function alertSettings(settings: z.infer<typeof environment>): AlertSettings {
  const to = (settings.TONEARM_ALERT_TO ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const url = settings.TONEARM_ALERT_SMTP;
  if (url !== undefined && to.length === 0) {
    throw new TonearmError(
      'TNA_CONFIG_INVALID',
      'TONEARM_ALERT_SMTP is set, but nobody to write to.',
      {
        remedy: 'Set TONEARM_ALERT_TO to one or more addresses, with commas between them.',
      },
    );
  }
  return {
    webhook: settings.TONEARM_ALERT_WEBHOOK,
    mail: url === undefined ? undefined : { url, from: settings.TONEARM_ALERT_FROM, to },
    groupMs: settings.TONEARM_ALERT_GROUP_SECONDS * 1000,
    repeatMs: settings.TONEARM_ALERT_REPEAT_HOURS * 3_600_000,
    runbooksUrl: settings.TONEARM_RUNBOOKS_URL,
    freshnessMs: settings.TONEARM_FRESHNESS_MINUTES * 60_000,
    lagMs: settings.TONEARM_LAG_MINUTES * 60_000,
    deadLetterShare: settings.TONEARM_DEAD_LETTER_SHARE,
  };
}

/**
 * Reads the settings from an environment. Nothing else in the code reads it.
 * @param cwd base of relative paths.
 * @throws TonearmError TNA_CONFIG_INVALID, TNA_CONFIG_UNSUPPORTED
 */
export function parseConfig(env: Record<string, string | undefined>, cwd: string): Config {
  const parsed = environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
  );
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'environment');
    throw new TonearmError('TNA_CONFIG_INVALID', `${name}: ${issue?.message}.`, {
      remedy: `Correct ${name} or unset it; docs/reference/settings.md lists the values.`,
    });
  }
  const settings = parsed.data;
  const data = resolve(cwd, settings.TONEARM_DATA);
  const endpoint =
    settings.TONEARM_S3_ENDPOINT ?? settings.AWS_ENDPOINT_URL_S3 ?? settings.AWS_ENDPOINT_URL;
  const bucket = endpoint === undefined ? 's3' : 'ownServer';
  const plan = {
    flushSeconds:
      defaultPlan.flushSeconds[settings.TONEARM_LAKE?.startsWith('s3:') ? bucket : 'file'],
    refreshSeconds:
      defaultPlan.refreshSeconds[
        settings.TONEARM_WAREHOUSE?.startsWith('snowflake:') ? 'snowflake' : 'duckdb'
      ],
  };
  const at = (
    name: 'TONEARM_LOG' | 'TONEARM_LAKE' | 'TONEARM_WAREHOUSE',
    scheme: string,
    fallback: string,
  ) => location(name, settings[name] ?? `${scheme}:${resolve(data, fallback)}`, scheme, cwd);
  return Object.freeze({
    dataDirectory: data,
    cacheDirectory:
      settings.TONEARM_CACHE === undefined
        ? resolve(settings.XDG_CACHE_HOME ?? resolve(homedir(), '.cache'), 'tonearm')
        : resolve(cwd, settings.TONEARM_CACHE),
    log: settings.TONEARM_LOG?.startsWith('kafka:')
      ? parseKafkaLocation(settings.TONEARM_LOG, {
          username: settings.TONEARM_KAFKA_USERNAME,
          registryUrl: settings.TONEARM_SCHEMA_REGISTRY,
          registryUsername: settings.TONEARM_SCHEMA_REGISTRY_USERNAME,
          registryPassword: settings.TONEARM_SCHEMA_REGISTRY_PASSWORD,
          password: settings.TONEARM_KAFKA_PASSWORD,
          caFile: settings.TONEARM_KAFKA_CA_FILE && resolve(cwd, settings.TONEARM_KAFKA_CA_FILE),
        })
      : ({ kind: 'file', directory: at('TONEARM_LOG', 'file', 'log') } as const),
    lake: settings.TONEARM_LAKE?.startsWith('s3:')
      ? parseS3Location(settings.TONEARM_LAKE, {
          endpoint,
          region: settings.AWS_REGION ?? settings.AWS_DEFAULT_REGION,
          accessKeyId: settings.AWS_ACCESS_KEY_ID,
          secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
          sessionToken: settings.AWS_SESSION_TOKEN,
          profile: settings.AWS_PROFILE,
          requestMs: settings.TONEARM_S3_TIMEOUT_SECONDS * 1000,
        })
      : ({ kind: 'file', directory: at('TONEARM_LAKE', 'file', 'lake') } as const),
    warehouse: settings.TONEARM_WAREHOUSE?.startsWith('snowflake:')
      ? parseSnowflakeLocation(settings.TONEARM_WAREHOUSE, {
          path: resolve(data, 'recommendations.duckdb'),
          lake: settings.TONEARM_LAKE,
          user: settings.TONEARM_SNOWFLAKE_USER,
          role: settings.TONEARM_SNOWFLAKE_ROLE,
          warehouse: settings.TONEARM_SNOWFLAKE_WAREHOUSE,
          privateKeyFile:
            settings.TONEARM_SNOWFLAKE_PRIVATE_KEY_FILE &&
            resolve(cwd, settings.TONEARM_SNOWFLAKE_PRIVATE_KEY_FILE),
          passphrase: settings.TONEARM_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
          password: settings.TONEARM_SNOWFLAKE_PASSWORD,
          url: settings.TONEARM_SNOWFLAKE_URL,
        })
      : ({
          kind: 'duckdb',
          path: at('TONEARM_WAREHOUSE', 'duckdb', 'warehouse.duckdb'),
        } as const),
    warehouseMemory: settings.TONEARM_WAREHOUSE_MEMORY,
    airflowDatabase: settings.TONEARM_AIRFLOW_DATABASE,
    host: settings.TONEARM_HOST,
    port: settings.TONEARM_PORT,
    access: {
      directory: resolve(data, 'access'),
      authentication: settings.TONEARM_AUTH,
      publicUrl: settings.TONEARM_PUBLIC_URL && new URL(settings.TONEARM_PUBLIC_URL).origin,
      smallestGroup: settings.TONEARM_SMALLEST_GROUP,
      sessionMs: settings.TONEARM_SESSION_HOURS * 3_600_000,
      requestsPerMinute: settings.TONEARM_REQUESTS_PER_MINUTE,
    },
    apiUrl: settings.TONEARM_API_URL,
    apiToken: settings.TONEARM_TOKEN,
    flushMs: (settings.TONEARM_FLUSH_SECONDS ?? plan.flushSeconds) * 1000,
    flushBytes: settings.TONEARM_FLUSH_MEGABYTES * 1024 * 1024,
    refreshMs: (settings.TONEARM_REFRESH_SECONDS ?? plan.refreshSeconds) * 1000,
    martsKept: settings.TONEARM_MARTS_KEPT,
    vacuumMs: settings.TONEARM_VACUUM_HOURS * 3_600_000,
    spotify: {
      directory: resolve(data, 'spotify'),
      clientId: settings.TONEARM_SPOTIFY_CLIENT_ID,
      key: settings.TONEARM_SPOTIFY_KEY,
      port: settings.TONEARM_SPOTIFY_PORT,
      pollMs: settings.TONEARM_SPOTIFY_POLL_SECONDS * 1000,
      metricsPort: settings.TONEARM_SPOTIFY_METRICS_PORT,
      requestsPerWindow: settings.TONEARM_SPOTIFY_REQUESTS,
      apiUrl: settings.TONEARM_SPOTIFY_API_URL.replace(/\/+$/, ''),
      accountsUrl: settings.TONEARM_SPOTIFY_ACCOUNTS_URL.replace(/\/+$/, ''),
    },
    logLevel: settings.TONEARM_LOG_LEVEL,
    logFormat: settings.TONEARM_LOG_FORMAT,
    metricsPort: settings.TONEARM_METRICS_PORT,
    traces: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    openLineage: openLineageSettings(settings, data),
    alerts: alertSettings(settings),
    martsDirectory: resolve(data, 'marts'),
    runsDirectory: resolve(data, 'runs'),
    stagingDirectory: resolve(data, 'staging'),
  });
}
