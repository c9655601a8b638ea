import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { openLineageSender } from '../openlineage/index.ts';
import { pipelineSteps, type StepName } from '../pipeline.ts';
import { runStep } from '../step-engine.ts';
import { startDbtRunner } from '../warehouse/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { rangeOf, requirePython } from './run.ts';

export interface StepCommandOptions {
  runId: string;
  /** What kind of run the engine makes; `backfill` builds the interval anew. */
  kind: string;
  from?: string;
  to?: string;
  fullRefresh?: boolean;
  /** Of transform: leave out the models that can wait, where they were built today. */
  quick?: boolean;
}

/** `tonearm step NAME --run-id ID`: one step of the pipeline, for another engine. */
export async function step(
  context: CommandContext,
  options: StepCommandOptions,
  [name]: string[],
): Promise<CommandResult> {
  const { config, clock, signal } = context;
  const known = pipelineSteps.find((one) => one.name === name);
  if (known === undefined) {
    throw new TonearmError('TNA_USAGE', `The pipeline has no step ${name}.`, {
      remedy: `Its steps are ${pipelineSteps.map((one) => one.name).join(', ')}.`,
    });
  }
  const stop = AbortSignal.any([signal, AbortSignal.timeout(known.timeoutMs)]);
  if (known.name === 'transform') requirePython(context.say);
  return await withLog(context, async (log) => {
    const lake = await openLake(config, clock);
    let runner: ReturnType<typeof startDbtRunner> | undefined;
    try {
      const { run_id, record, findings } = await runStep({
        config,
        log,
        lake,
        clock,
        signal: stop,
        step: known.name as StepName,
        runId: options.runId,
        fullRefresh: options.fullRefresh === true,
        quick: options.quick === true,
        range: options.kind === 'backfill' ? rangeOf(options, clock()) : undefined,
        ingest: true,
        lineage: openLineageSender(config, { clock, onProblem: context.say }),
        runner: () => {
          // Each model's and each test's result is a line of the log.
          runner ??= startDbtRunner(config, { onProgress: context.say });
          return runner;
        },
      });
      const { martVersion, results, tests } = findings;
      const { passed, failed, warned, failures } = tests;
      return {
        result: {
          run_id,
          ...record,
          ...(martVersion === undefined ? {} : { mart_version: martVersion }),
          ...(results === undefined
            ? {}
            : { tests: { passed, failed, warned, failures }, results }),
        },
        text: `${record.name}: ${record.status}${record.message === undefined ? '' : `, ${record.message}`}`,
        exitCode: record.status === 'skipped' ? 99 : 0,
      };
    } finally {
      if (stop.aborted) (await runner)?.kill();
      await (await runner)?.close();
    }
  });
}
