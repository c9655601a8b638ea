import { openLake } from '../lake/index.ts';
import { collectPipelineState, lakeStateOf, publishedMarts, RunFiles } from '../serving/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', idle: 'idle' };

/** `tonearm status`: every stage with its lag, freshness and row counts. */
export async function status(context: CommandContext): Promise<CommandResult> {
  const { config, clock } = context;
  return await withLog(context, async (log) => {
    const lake = await openLake(config, clock);
    const [lastRun] = await new RunFiles(config.runsDirectory).newest(1);
    const state = await collectPipelineState({
      config,
      log,
      lakeState: lakeStateOf(lake),
      lastRun,
      published: await publishedMarts(config),
      now: clock(),
    });
    const stages = state.stages
      .filter((stage) => stage.name !== 'live')
      .map(
        (stage) =>
          `${marks[stage.status]}  ${stage.name.padEnd(10)} ${stage.headline}${stage.detail === '' ? '' : `. ${stage.detail}`}`,
      );
    const tables = state.tables.map(
      (table) =>
        `      ${table.table.padEnd(13)} ${table.rows.toLocaleString('en').padStart(12)} rows in ${table.files} files`,
    );
    return { result: state, text: [...stages, 'Lake:', ...tables].join('\n') };
  });
}
