import { makePythonEnvironment } from '../../scripts/python-environment.mjs';
import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { openLineageSender } from '../openlineage/index.ts';
import { runOnce } from '../pipeline-engine.ts';
import { startTelemetry } from '../telemetry.ts';
import { readCurrentMarts, startDbtRunner, type TimeRange } from '../warehouse/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { reportFailure } from './failure.ts';

/** Makes the Python environment of dbt where it is missing. @throws TonearmError TNA_WAREHOUSE_PYTHON_MISSING */
export function requirePython(say: (line: string) => void): void {
  const problem = makePythonEnvironment(say);
  if (problem !== undefined) throw new TonearmError('TNA_WAREHOUSE_PYTHON_MISSING', problem);
}

export interface RunOptions {
  fullRefresh?: boolean;
  from?: string;
  to?: string;
  /** Leave out the models that can wait, where they were built today. */
  quick?: boolean;
  /** Seconds. */
  wait?: number;
}

/** `tonearm backfill`: the pipeline, once, which builds a range of the past anew. */
export async function backfill(
  context: CommandContext,
  options: RunOptions,
): Promise<CommandResult> {
  if (options.from === undefined && options.fullRefresh !== true) {
    throw new TonearmError('TNA_USAGE', 'A backfill needs to know from when.', {
      remedy: 'Write ./tonearm backfill --from 2025-11-01 --to 2025-11-08.',
    });
  }
  return run(context, options);
}

/** `tonearm run`: the pipeline, once. */
export async function run(context: CommandContext, options: RunOptions): Promise<CommandResult> {
  const { config, clock, signal } = context;
  const range = rangeOf(options, clock());
  requirePython(context.say);
  return await withLog(context, async (log) => {
    const lake = await openLake(config, clock);
    const telemetry = startTelemetry(config, 'run');
    let runner: ReturnType<typeof startDbtRunner> | undefined;
    try {
      const { record, error } = await runOnce({
        config,
        log,
        lake,
        clock,
        signal,
        telemetry,
        lineage: openLineageSender(config, { clock, onProblem: context.say }),
        fullRefresh: options.fullRefresh === true,
        range,
        quick: options.quick === true,
        waitMs: (options.wait ?? 0) * 1000,
        ingest: true,
        runner: () => {
          runner ??= startDbtRunner(config, { onProgress: context.progress });
          return runner;
        },
        onStep(name, step) {
          if (step === undefined) context.progress(`${name} …`);
          else {
            context.say(
              `${name.padEnd(10)} ${step.status.padEnd(8)} ${(step.duration_ms / 1000).toFixed(1)} s${step.message ? `  ${step.message}` : ''}`,
            );
          }
        },
      });
      const current = await readCurrentMarts(config);
      const result = { ...record, mart_version: record.mart_version ?? current?.version ?? null };
      if (error !== undefined) {
        const code = reportFailure(error, false);
        return { result, exitCode: code === 2 ? 1 : code };
      }
      if (record.status === 'skipped') {
        return { result, text: 'Nothing to do: no new data since the last publish.', exitCode: 99 };
      }
      const { passed, failed, warned } = record.tests;
      return {
        result,
        text: `${range === undefined ? '' : `Built ${range.from} to ${range.to} anew. `}Published ${record.mart_version}: ${passed} tests passed, ${failed} failed, ${warned} warned.`,
      };
    } finally {
      await (await runner)?.close();
      await telemetry.close();
    }
  });
}

const timePattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The range that --from and --to ask for; undefined without them. A date is its midnight, UTC.
 * @param now the end where --to is left out, ms since 1970.
 * @throws TonearmError TNA_USAGE
 */
export function rangeOf(
  { from, to }: Pick<RunOptions, 'from' | 'to'>,
  now: number,
): TimeRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) {
    throw new TonearmError('TNA_USAGE', '--to goes with --from.', {
      remedy: 'Say from when: --from 2025-11-01.',
    });
  }
  const begin = moment('--from', from);
  const end = to === undefined ? now : moment('--to', to);
  if (begin >= end) {
    const shown = to ?? 'now';
    throw new TonearmError('TNA_USAGE', `--from ${from} is not before --to ${shown}.`, {
      remedy: '--to is the end of the range and not part of it.',
    });
  }
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

function moment(option: string, value: string): number {
  const time = timePattern.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new TonearmError('TNA_USAGE', `${option} is "${value}", which is no time.`, {
      remedy: 'Write a date (2025-11-01) or a time with its zone (2025-11-01T06:00:00Z).',
    });
  }
  return time;
}
