import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { type Config, defaultPlan, parseConfig } from '../../src/config.ts';
import { planOf, reportCost } from '../../src/cost/index.ts';
import { openLake } from '../../src/lake/index.ts';
import { openDeadLetters } from '../../src/lake/read-dead-letters.ts';
import { replayDeadLetters } from '../../src/lake/replay-dead-letters.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';
import {
  lakeStateOf,
  type OwnData,
  type RunningServer,
  type SpotifySignIn,
  startServer,
} from '../../src/serving/index.ts';

/** The moment at which the fixture's clock stands. */
export const now = Date.parse('2026-03-10T12:00:00.000Z');

export interface ServerFixture {
  config: Config;
  log: EventLog;
  server: RunningServer;
  /** Sends a GET; `json` is undefined when the answer is not JSON. */
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; text: string; json: never }>;
  close(): Promise<void>;
}

/**
 * A server over a data directory of its own.
 * @param prepare runs before the server starts, for example to publish marts.
 */
export async function startFixture(
  prepare: (config: Config) => Promise<void> = async () => undefined,
  options: {
    webAppDirectory?: string;
    clock?: () => number;
    /** Settings besides the data directory and the port. */
    env?: Record<string, string>;
    spotify?: (config: Config) => SpotifySignIn | undefined;
    ownData?: OwnData;
    /** True for listeners who were erased. */
    isForgotten?: (user: string) => boolean;
    logger?: FastifyBaseLogger;
  } = {},
): Promise<ServerFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-serving-'));
  const config = parseConfig(
    {
      TONEARM_DATA: directory,
      TONEARM_PORT: '0',
      // Tests that wait for a state ask without a pause; the limit has tests of its own.
      TONEARM_REQUESTS_PER_MINUTE: '1000000',
      ...options.env,
    },
    directory,
  );
  const { clock = () => now } = options;
  const log = await openLog(config.log, { clock });
  const lake = await openLake(config, clock);
  await prepare(config);
  const server = await startServer({
    config,
    log,
    lakeState: lakeStateOf(lake),
    deadLetters: () => openDeadLetters(lake),
    replay: (filter) => replayDeadLetters({ lake, log, clock, filter }),
    sourceAccounts: () => [
      {
        user: 'ana',
        state: 'ok',
        problem: null,
        warning: null,
        polled_at: '2026-03-10T11:58:00.000Z',
        gaps: [{ from: '2026-03-09T08:00:00.000Z', to: '2026-03-09T11:00:00.000Z' }],
      },
    ],
    cost: () =>
      reportCost({
        basis: 'measured',
        plan: planOf(config, defaultPlan),
        config,
        lake,
        now: clock(),
      }),
    spotify: options.spotify?.(config),
    ownData: options.ownData,
    isForgotten: options.isForgotten,
    clock,
    logger: options.logger ?? pino({ level: 'silent' }),
    webAppDirectory: options.webAppDirectory ?? join(directory, 'web'),
  });
  return {
    config,
    log,
    server,
    async get(path, headers = {}) {
      const response = await fetch(server.url + path, { headers });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      const json = (isJson ? JSON.parse(text) : undefined) as never;
      return { status: response.status, headers: response.headers, text, json };
    },
    async close() {
      await server.close();
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Status of a GET with a Host header of one's own, which `fetch` does not allow. */
export function statusWithHost(url: string, path: string, host: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { host } }, (response) => {
      response.resume();
      assert.ok(response.statusCode !== undefined);
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}
