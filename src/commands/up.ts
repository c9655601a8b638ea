import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { buildWeb } from '../../scripts/build-web.mjs';
import { asDiskError } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import { type Lake, openLake } from '../lake/index.ts';
import { vacuumTable } from '../lake/vacuum.ts';
import type { EventLog } from '../log/index.ts';
import { type LineageSender, openLineageSender } from '../openlineage/index.ts';
import { runOnce } from '../pipeline-engine.ts';
import { takenVersions } from '../published-versions.ts';
import type { RunRecord } from '../run-records.ts';
import { isRequired, requireSafeHost } from '../serving/index.ts';
import { producerOutput, simulateHistory } from '../sources/simulator/index.ts';
import { openAccounts } from '../sources/spotify-api/index.ts';
import { startTelemetry, type Telemetry } from '../telemetry.ts';
import { type DbtRunner, startDbtRunner } from '../warehouse/index.ts';
import { checkAlerts } from './alerts.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { producerForMost } from './forgotten-producer.ts';
import { Part } from './part.ts';
import { RefreshSchedule } from './refresh-schedule.ts';
import { requirePython } from './run.ts';
import { stopped, withPort } from './serve.ts';

export interface UpOptions {
  rate: number;
  users: number;
  history: number;
  port?: number;
}

const dayMs = 86_400_000;
const upkeepMs = 3_600_000;
const leastFreeBytes = 200 * 1024 * 1024;

/** `tonearm up`: everything on this machine, until Ctrl-C. */
export async function up(context: CommandContext, options: UpOptions): Promise<CommandResult> {
  const config = withPort(context.config, options.port);
  const here = { ...context, config };
  return await withLog(here, async (log) => {
    const lake = await openLake(config, context.clock);
    requireSafeHost(config.host, isRequired(config, context.clock));
    await checkDisk(config.dataDirectory);
    await checkPort(config.host, config.port);
    requirePython(context.say);
    const problem = buildWeb(context.say);
    if (problem !== undefined) throw new TonearmError('TNA_SERVING_FAILED', problem);
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const telemetry = startTelemetry(config, 'up');
    const parts: Part[] = [];
    let failed = false;
    const start = (name: string, args: string[], onLine?: (line: string) => void) => {
      const part = new Part(name, args, onLine ?? ((line) => context.say(`${name}: ${line}`)));
      parts.push(part);
      void part.ended.then((code) => {
        if (part.stopping || signal.aborted) return;
        context.say(`${name} ended unexpectedly (exit code ${code}); stopping.`);
        failed = true;
        stop.abort();
      });
    };
    let runner: Promise<DbtRunner> | undefined;
    const warmRunner = (): Promise<DbtRunner> => {
      const started = runner ?? startDbtRunner(config, { onProgress: context.progress });
      runner = started;
      return started;
    };
    try {
      // Python takes seconds to load dbt: begin with it.
      void warmRunner().catch(() => undefined);
      const port = String(config.port);
      let ready: (() => void) | undefined;
      const serving = new Promise<void>((resolve) => {
        ready = resolve;
      });
      start('web', ['serve', '--port', port], (line) => {
        if (line.startsWith('Open ')) ready?.();
        else if (!line.startsWith('Nothing is published')) context.say(`web: ${line}`);
      });
      if (options.rate > 0) await simulateBeginning(here, options, log, signal);
      start('sink', ['sink'], (line) => {
        if (!line.startsWith('stored ')) context.say(`sink: ${line}`);
      });
      if (options.rate > 0) {
        start(
          'simulator',
          [
            'simulate',
            '--live',
            '--rate',
            String(options.rate),
            '--users',
            String(options.users),
            '--seed',
            String(seed),
          ],
          () => undefined,
        );
      }
      pollWhenConnected(here, signal, () => start('spotify', ['spotify', 'poll', '--watch']));
      await Promise.race([serving, stopped(signal)]);
      if (!signal.aborted) {
        context.say(
          `\n  Tonearm is at ${config.access.publicUrl ?? `http://${config.host}:${config.port}`}  (Ctrl-C stops everything)\n`,
        );
      }
      await refreshUntilStopped(here, {
        ...{ log, lake, telemetry, runner: warmRunner, signal },
        lineage: openLineageSender(config, { clock: context.clock, onProblem: context.say }),
      });
    } finally {
      stop.abort();
      context.say('Stopping …');
      await Promise.all(parts.map((part) => part.stop()));
      await (await runner?.catch(() => undefined))?.close();
      await telemetry.close();
    }
    return { result: { stopped: true }, text: 'Stopped.', exitCode: failed ? 1 : 0 };
  });
}

/** Somebody may sign in with Spotify while all else runs: the poll begins then. */
function pollWhenConnected(
  { config }: CommandContext,
  signal: AbortSignal,
  start: () => void,
): void {
  const accounts = openAccounts(config);
  const look = () => {
    if (signal.aborted || config.spotify.clientId === undefined) return clearInterval(timer);
    if (accounts.list().length === 0) return;
    clearInterval(timer);
    start();
  };
  const timer = setInterval(look, accountsEveryMs);
  timer.unref();
  look();
}

const accountsEveryMs = 5000;

/** How often the rest between refreshes looks for an import. */
const lookMs = 1000;
/** How often the rules of the alerts are looked at. */
const alertsMs = 60_000;
/** Rows in one rest that are worth a refresh at once. */
const manyRows = 10_000;
/** One seed for what was and what comes: the same listeners go on. */
const seed = 1;

/** At the first start there is nothing to look at: some days of listening that ended just now. */
async function simulateBeginning(
  context: CommandContext,
  options: UpOptions,
  log: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const offsets = await log.offsets(['plays']);
  if (options.history === 0 || offsets.some((range) => range.latest > 0)) return;
  const now = context.clock();
  context.say(`Simulating ${options.history} days of listening by ${options.users} listeners …`);
  const producer = await producerForMost(context, log);
  const result = await simulateHistory(
    {
      seed,
      users: options.users,
      tracks: 5000,
      from: now - options.history * dayMs,
      to: now,
      signal,
      onProgress: (events) => context.progress(`${events.toLocaleString('en')} events`),
    },
    producerOutput(producer),
  );
  await producer.close();
  const events = Object.values(result.produced).reduce((sum, count) => sum + count, 0);
  context.say(`${events.toLocaleString('en')} events are in the log.`);
}

/** The scheduler: a run every few seconds, upkeep now and then. */
async function refreshUntilStopped(
  context: CommandContext,
  parts: {
    log: EventLog;
    lake: Lake;
    telemetry: Telemetry;
    lineage: LineageSender | undefined;
    runner: () => Promise<DbtRunner>;
    signal: AbortSignal;
  },
): Promise<void> {
  const { config, clock } = context;
  const { log, lake, signal } = parts;
  let upkeepAt = clock() + upkeepMs;
  let alertsAt = clock() + alertsMs;
  const schedule = new RefreshSchedule();
  let lastStatus: RunRecord['status'] | undefined;
  while (!signal.aborted) {
    const started = clock();
    try {
      const rows = lake.files().reduce((sum, file) => sum + file.rows, 0);
      const plan = schedule.plan(started, rows);
      const { record } = await runOnce({
        config,
        log,
        lake,
        clock,
        signal,
        telemetry: parts.telemetry,
        lineage: parts.lineage,
        runner: parts.runner,
        fullRefresh: false,
        quick: plan.quick,
        recommend: plan.recommend,
        ingest: false,
        quiet: true,
        onStep: (name, step) => {
          if (step === undefined) context.progress(`${name} …`);
        },
      });
      if (!signal.aborted && (record.status !== 'skipped' || lastStatus !== 'skipped'))
        tell(context, record);
      lastStatus = record.status;
      if (record.status === 'success') schedule.succeeded(plan, clock(), rows);
    } catch (error) {
      context.say(`Refresh: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (clock() >= alertsAt || lastStatus === 'failed') {
      alertsAt = clock() + alertsMs;
      await checkAlerts(context, { log, lake }).catch((error) => {
        context.say(`Alerts: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    if (clock() >= upkeepAt) {
      upkeepAt = clock() + upkeepMs;
      await log.enforceRetention();
      const taken = await takenVersions(config);
      for (const table of Object.values(lake.tables)) {
        await vacuumTable(table, config.vacuumMs, taken(table.name));
      }
    }
    const rest = Math.max(1000, config.refreshMs - (clock() - started));
    await restUntilDue(
      context,
      lake,
      lastStatus === 'skipped' ? Math.min(rest, 2000) : rest,
      signal,
    );
  }
}

/** Rests between two refreshes; an import that has landed is not kept waiting. */
async function restUntilDue(
  { config, clock }: CommandContext,
  lake: Lake,
  restMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = clock() + restMs;
  const before = changedRows(lake);
  while (clock() < until && !signal.aborted) {
    await delay(Math.min(lookMs, until - clock()), undefined, { signal }).catch(() => undefined);
    // Looking costs requests where the lake is a bucket: there the interval is enough.
    if (config.lake.kind !== 'file') continue;
    await lake.refresh();
    if (changedRows(lake) - before >= manyRows) return;
  }
}

const changedRows = (lake: Lake): number =>
  lake.files().reduce((sum, file) => sum + (file.dataChange ? file.rows : 0), 0);

function tell(context: CommandContext, record: RunRecord): void {
  const seconds = (record.duration_ms / 1000).toFixed(1);
  const time = record.finished_at.slice(11, 19);
  if (record.status === 'success') {
    context.say(`${time}  gold refreshed in ${seconds} s, ${record.tests.passed} tests passed`);
  } else if (record.status === 'failed') {
    context.say(
      `${time}  refresh failed: ${record.error?.message} The last good version stays on screen.`,
    );
  }
}

async function checkDisk(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < leastFreeBytes) {
    throw asDiskError({ code: 'ENOSPC' }, directory);
  }
}

async function checkPort(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new TonearmError(
          'TNA_SERVING_PORT_IN_USE',
          `Port ${port} on ${host} cannot be used (${error.code}).`,
          {
            cause: error,
            remedy: `Stop the program that has it, or choose another: ./tonearm up --port ${port + 1}`,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
