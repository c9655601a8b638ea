import { makePythonEnvironment } from '../../scripts/python-environment.mjs';
import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { runOnce } from '../pipeline-engine.ts';
import { startTelemetry } from '../telemetry.ts';
import { readCurrentMarts, startDbtRunner } from '../warehouse/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { reportFailure } from './failure.ts';

/** Makes the Python environment of dbt where it is missing. @throws TonearmError TNA_WAREHOUSE_PYTHON_MISSING */
export function requirePython(say: (line: string) => void): void {
  const problem = makePythonEnvironment(say);
  if (problem !== undefined) throw new TonearmError('TNA_WAREHOUSE_PYTHON_MISSING', problem);
}

/** `tonearm run`: the pipeline, once. */
export async function run(
  context: CommandContext,
  options: { fullRefresh?: boolean },
): Promise<CommandResult> {
  const { config, clock, signal } = context;
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
        fullRefresh: options.fullRefresh === true,
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
        text: `Published ${record.mart_version}: ${passed} tests passed, ${failed} failed, ${warned} warned.`,
      };
    } finally {
      await (await runner)?.close();
      await telemetry.close();
    }
  });
}
