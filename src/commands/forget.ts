import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { AccessStore } from '../access/index.ts';
import {
  allowAgain,
  type ErasureReport,
  eraseListener,
  type StoreSearch,
  surveyListener,
} from '../erasure/index.ts';
import { TonearmError } from '../errors.ts';
import { type Lake, openLake } from '../lake/index.ts';
import type { EventLog } from '../log/index.ts';
import { runOnce } from '../pipeline-engine.ts';
import { lockPipeline } from '../pipeline-lock.ts';
import { openAccounts } from '../sources/spotify-api/index.ts';
import { startDbtRunner } from '../warehouse/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

export interface ForgetOptions {
  yes?: boolean;
  dryRun?: boolean;
  undo?: boolean;
  /** False: leave the warehouse to the next run. */
  rebuild: boolean;
  /** Seconds. */
  wait: number;
}

/** `tonearm forget USER`: erases a listener everywhere, and proves it. */
export async function forget(
  context: CommandContext,
  options: ForgetOptions,
  [user]: string[],
): Promise<CommandResult> {
  const { config, clock } = context;
  if (user === undefined || user.trim() === '') {
    throw new TonearmError('TNA_USAGE', 'The name of the listener is empty.', {
      remedy: 'Write ./tonearm forget USER.',
    });
  }
  const lake = await openLake(config, clock);
  if (options.undo) return await allow({ lake, user, clock });
  return await withLog(context, async (log) => {
    const accounts = openAccounts(config);
    const parts = { config, log, lake, accounts, user };
    const locked = async <T>(work: () => Promise<T>): Promise<T> => {
      const lock = await lockPipeline(config, 'an erasure', {
        waitMs: options.wait * 1000,
        signal: context.signal,
      });
      try {
        return await work();
      } finally {
        lock.release();
      }
    };
    // A build keeps the warehouse's file to itself.
    const survey = await locked(() => surveyListener(parts));
    const found = survey.found.filter(({ hits }) => hits > 0);
    // A list entry without a trace is a finished erasure; with traces it was cut short, or they came back.
    if (!survey.known) return unknownListener(user, survey.forgottenSince, survey.found);
    if (options.dryRun) {
      return {
        result: { dry_run: true, found },
        text: [`${user} is in:`, ...found.map(lineOf), 'Nothing was changed.'].join('\n'),
      };
    }
    if (!options.yes) await confirm(user, found);
    const access = new AccessStore(config.access.directory, clock);
    const report = await locked(() =>
      eraseListener({
        ...parts,
        access,
        clock,
        wait: (ms) => delay(ms),
        onStep: (step) => context.progress(`${step} …`),
      }),
    ).finally(() => access.close());
    // What is erased is erased: a build that fails is made up for by the next.
    const built =
      report.clean && options.rebuild
        ? await rebuild(context, log, lake).catch((error: unknown) => ({
            version: undefined,
            told: `The warehouse was not built anew (${error instanceof Error ? error.message : String(error)}): the next run does it.`,
          }))
        : undefined;
    return {
      result: { user, ...report, published: built?.version ?? null, built: built?.told ?? null },
      text: textOf(user, report, built?.told ?? 'The next run builds the warehouse anew.'),
      exitCode: report.clean ? 0 : 1,
    };
  });
}

async function allow(parts: {
  lake: Lake;
  user: string;
  clock: () => number;
}): Promise<CommandResult> {
  const allowed = await allowAgain(parts);
  return {
    result: { allowed },
    text: allowed
      ? `${parts.user} may come back: what arrives from now on is kept. What was erased stays erased.`
      : `${parts.user} was not erased here: nothing to undo.`,
    exitCode: allowed ? 0 : 99,
  };
}

function unknownListener(
  user: string,
  since: string | undefined,
  searched: readonly StoreSearch[],
): CommandResult {
  return {
    result: { known: false, forgotten_at: since ?? null, proof: searched },
    text:
      since === undefined
        ? `No listener "${user}" is known here. Nothing was changed.`
        : `${user} was erased on ${since.slice(0, 10)}, and nothing has come back.`,
    exitCode: 99,
  };
}

/** @throws TonearmError TNA_USAGE without a terminal, or when the name is not typed. */
async function confirm(user: string, found: readonly StoreSearch[]): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new TonearmError('TNA_USAGE', 'Erasing a listener cannot be undone.', {
      remedy: 'Say --yes, or look first with --dry-run.',
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking
    .question(
      `${found.map(lineOf).join('\n')}\nThis erases ${user} for good. Type the name to go on: `,
    )
    .finally(() => asking.close());
  if (answer.trim() === user) return;
  throw new TonearmError('TNA_USAGE', 'The name was not typed: nothing was changed.', {
    remedy: 'Type the name of the listener exactly.',
  });
}

/** Totals that counted the listener are right again only after a build from the lake as it is now. */
async function rebuild(
  context: CommandContext,
  log: EventLog,
  lake: Lake,
): Promise<{ version?: string; told: string }> {
  const { config, clock, signal } = context;
  if (!hasPythonEnvironment()) return { told: 'Run ./tonearm run to build the warehouse anew.' };
  context.progress('building the warehouse anew …');
  const runner = startDbtRunner(config, { onProgress: context.progress });
  try {
    const { record } = await runOnce({
      config,
      log,
      lake,
      clock,
      signal,
      fullRefresh: true,
      ingest: false,
      waitMs: 600_000,
      runner: () => runner,
    });
    const version = record.mart_version;
    return version === undefined
      ? {
          told: `The warehouse was not published: ${record.error?.message ?? 'there are no events left.'}`,
        }
      : { version, told: `Published ${version}, built anew without them.` };
  } finally {
    await (await runner.catch(() => undefined))?.close();
  }
}

const count = (value: number) => value.toLocaleString('en');
const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

const lineOf = ({ store, files, bytes, rows, hits, unreadable, where }: StoreSearch): string =>
  `  ${store.padEnd(12)} ${String(hits).padStart(8)} hits in ${count(files)} files, ${count(bytes)} bytes, ${count(rows)} rows${unreadable > 0 ? `, ${count(unreadable)} files half-written` : ''}${where.length > 0 ? `: ${where.slice(0, 3).join(', ')}` : ''}`;

function textOf(user: string, report: ErasureReport, built: string): string {
  const { erased, readable } = report;
  const left = total(readable);
  return [
    `${user} is erased${report.clean ? '' : ', but not everywhere'}: ${count(total(erased.lake))} rows of the lake, ${count(total(erased.log))} records of the log, ${count(erased.mart_rows)} rows of ${erased.mart_versions} published versions${erased.spotify_account ? ', the Spotify account' : ''}.`,
    'Searched for what is left:',
    ...report.proof.map(lineOf),
    ...(report.log_bytes_until === null
      ? []
      : [
          `The log can't be rewritten: nobody can read these records any more, and their bytes leave the brokers' disks by ${report.log_bytes_until}.`,
        ]),
    ...(report.warehouse_bytes_until === null
      ? []
      : [
          `Nobody but Snowflake itself can bring back what was dropped there; its Fail-safe may hold bytes until ${report.warehouse_bytes_until}.`,
        ]),
    ...(left > 0
      ? [
          `${count(left)} records lie where the sink has not read yet: start it, then run this again.`,
        ]
      : []),
    built,
    `To let them come back: ./tonearm forget --undo ${user}`,
  ].join('\n');
}
