import { openLake } from '../lake/index.ts';
import { collectPipelineState, lakeStateOf, publishedMarts, RunFiles } from '../serving/index.ts';
import { type AccountReport, openAccounts, reportAccounts } from '../sources/spotify-api/index.ts';
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
    const accounts = reportAccounts(openAccounts(config), clock());
    return {
      result: { ...state, spotify: accounts },
      text: [...stages, ...accounts.flatMap(accountLines), 'Lake:', ...tables].join('\n'),
    };
  });
}

/** A line for each Spotify account, and for each stretch whose plays were lost. */
function accountLines(report: AccountReport): string[] {
  const mark =
    report.state === 'ok' && report.warning === null
      ? 'ok  '
      : report.state === 'new'
        ? 'idle'
        : 'warn';
  const told = report.warning ?? report.problem ?? `polled ${report.polled_at ?? 'not yet'}`;
  return [
    `${mark}  spotify    ${report.user}: ${told.startsWith(`${report.user}: `) ? told.slice(report.user.length + 2) : told}`,
    ...report.gaps.map(
      ({ from, to }) =>
        `warn  spotify    ${report.user}: plays are missing between ${from} and ${to}; an export fills the gap`,
    ),
  ];
}
