/** The command line: `./tonearm <command>`. Each command is a file in `commands/`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addAccessCommands, addSpotifyCommands, type Run } from './cli-accounts.ts';
import { createContext } from './commands/context.ts';
import { reportFailure } from './commands/failure.ts';

const stop = new AbortController();
let stops = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    stops += 1;
    stop.abort();
    if (stops > 2) process.exit(130);
  });
}

// A part of `up` ends with it, however that ends: its standard input closes then.
if (process.argv.includes('--attached')) {
  process.stdin.on('end', () => stop.abort());
  process.stdin.on('error', () => stop.abort());
  process.stdin.resume();
}

/** Runs a command and ends the process with its exit code. */
function action(load: () => Promise<Run>) {
  return async (...received: unknown[]) => {
    const command = received.at(-1) as Command;
    const options = command.opts() as { json?: boolean };
    const json = options.json === true;
    try {
      const context = createContext({ json, signal: stop.signal });
      const run = await load();
      const outcome = await run(context, options as never, command.args);
      if (json) process.stdout.write(`${JSON.stringify(outcome.result)}\n`);
      else if (outcome.text !== undefined) context.say(outcome.text);
      process.exitCode = outcome.exitCode ?? 0;
    } catch (error) {
      process.exitCode = reportFailure(error, json);
    }
    // The open standard input would keep the process alive.
    if (process.argv.includes('--attached')) process.exit();
  };
}

const number = (value: string): number => {
  const parsed = Number(value);
  if (!Number.isFinite(parsed) || parsed < 0)
    throw new InvalidArgumentError('It must be a number.');
  return parsed;
};

const whole = (value: string): number => {
  const parsed = Number(value);
  if (!Number.isSafeInteger(parsed) || parsed < 0) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return parsed;
};

const share = (value: string): number => {
  const parsed = Number(value);
  if (!(parsed >= 0 && parsed <= 1)) throw new InvalidArgumentError('It must be between 0 and 1.');
  return parsed;
};

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('tonearm')
  .description(
    'A music-streaming data platform: listening events in, live and historical answers out.',
  )
  .version(version)
  .showHelpAfterError('Run ./tonearm <command> --help for its options.')
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed for good, 2 wrong usage, 75 try again, 99 nothing to do.\nSettings: docs/reference/settings.md. Every command: docs/reference/commands.md.',
  );

const jsonOption = ['--json', 'print the result as one JSON object on the last line'] as const;
const tools = { action, number, whole, jsonOption };

program
  .command('up')
  .description(
    'run everything on this machine: simulator, sink, pipeline, live view, API and web app',
  )
  .option('--rate <events>', 'simulated events a second; 0 for no simulator', number, 20)
  .option('--users <count>', 'simulated listeners', whole, 200)
  .option('--history <days>', 'days of history to simulate at the first start', whole, 14)
  .option('--port <port>', 'port of the web app (default: TONEARM_PORT or 8080)', whole)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/up.ts')).up as Run));

program
  .command('simulate')
  .description('make listening events: history as fast as possible, or live at a rate')
  .option('--events <count>', 'stop after this many events', whole)
  .option('--from <time>', 'first moment of the history, RFC 3339 or YYYY-MM-DD')
  .option('--to <time>', 'end of the history, exclusive')
  .option('--live', 'make events now, at --rate, until stopped')
  .option('--rate <events>', 'events a second with --live', number, 20)
  .option('--users <count>', 'listeners', whole, 200)
  .option('--tracks <count>', 'tracks', whole, 5000)
  .option('--seed <number>', 'the same seed makes the same events', whole, 1)
  .option('--catalogue <file>', 'tracks from a CSV file (spotify_songs.csv layout, also .gz)')
  .option('--duplicates <share>', 'share of events that are sent twice', share, 0)
  .option('--late <share>', 'share of events that arrive hours late', share, 0)
  .option('--malformed <share>', 'share of events that are broken', share, 0)
  .option('--out-of-order <share>', 'share of events that swap places', share, 0)
  .option('--drop-hour <time>', 'an hour in which nothing is received')
  .option('--out <file>', 'write NDJSON to a file, or to stdout with -, instead of the log')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/simulate.ts')).simulate as Run));

program
  .command('import')
  .description('import exports of Spotify, ListenBrainz or Last.fm: files, folders or zips')
  .argument('<path...>', 'files, folders or zips')
  .requiredOption('--user <name>', 'the listener whose history it is')
  .option('--without-private', 'leave private sessions out')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/import.ts')).importHistory as Run));

program
  .command('sink')
  .description('move records from the log to the lake')
  .option('--until-idle', 'stop when the lake has caught up with the log')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/sink.ts')).sink as Run));

program
  .command('compact')
  .description('rewrite closed hours of the lake to one file each')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/compact.ts')).compact as Run));

program
  .command('vacuum')
  .description('delete files that compaction replaced, after the grace period')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/compact.ts')).vacuum as Run));

program
  .command('retention')
  .description('let go of records that the log has kept for as long as their contract says')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/retention.ts')).retention as Run));

program
  .command('docs')
  .description("dbt's pages about the models, with lineage and SQL; served at /docs/models")
  .option('--wait <seconds>', 'wait so long for a run to end', number, 60)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/docs.ts')).docs as Run));

program
  .command('run')
  .description(
    'run the pipeline once: ingest, compact, validate, transform, quality, recommend, publish',
  )
  .option('--quick', 'leave out the models that can wait, where they were built today')
  .option('--full-refresh', 'build silver and gold anew from the whole lake')
  .option('--from <time>', 'build what began since then anew, RFC 3339 or YYYY-MM-DD')
  .option('--to <time>', 'end of that range, exclusive; now when left out')
  .option('--wait <seconds>', 'wait so long for another run to end', number, 0)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/run.ts')).run as Run));

program
  .command('backfill')
  .description('build a range of the past anew from the lake, and publish')
  .option('--from <time>', 'beginning of the range, RFC 3339 or YYYY-MM-DD (UTC)')
  .option('--to <time>', 'end of the range, exclusive; now when left out')
  .option('--full-refresh', 'build silver and gold anew as a whole')
  .option('--wait <seconds>', 'wait so long for another run to end', number, 60)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/run.ts')).backfill as Run));

program
  .command('step')
  .description('run one step of the pipeline, for an engine that brings its own order and retries')
  .argument('<name>', 'ingest, compact, validate, transform, quality or publish')
  .requiredOption('--run-id <id>', 'what the engine calls the run: its steps share it')
  .option('--kind <kind>', 'backfill: build what began in the interval anew', 'scheduled')
  .option('--from <time>', 'beginning of the interval that the run stands for')
  .option('--to <time>', 'end of the interval, exclusive')
  .option('--quick', 'leave out the models that can wait, where they were built today')
  .option('--full-refresh', 'build silver and gold anew from the whole lake')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/step.ts')).step as Run));

program
  .command('pipeline')
  .description('the definition of the pipeline for other engines: export, or pieces of a range')
  .argument('<verb>', 'export writes airflow/pipeline.json; pieces cuts --from --to into days')
  .option('--check', 'export: write nothing, fail when the file is stale')
  .option('--from <time>', 'pieces: beginning of the range')
  .option('--to <time>', 'pieces: end of the range, exclusive')
  .option('--days <count>', 'pieces: days in one piece', whole, 7)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/pipeline.ts')).pipeline as Run));

program
  .command('query')
  .description('read-only SQL over bronze.* (lake), silver.* (warehouse) and gold.* (marts)')
  .argument('<sql>', 'one SELECT statement')
  .option('--format <format>', 'table, json or csv', 'table')
  .option(
    '--as-of <moment>',
    'a time, a version of the marts, or a version of the lake: bronze.* and gold.*',
  )
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/query.ts')).query as Run));

program
  .command('publish')
  .description('the published versions that are kept; --rollback shows an earlier one again')
  .option('--rollback', 'show the version before the present one, or --to')
  .option('--to <version>', 'the version to show')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/publish.ts')).publish as Run));

program
  .command('warehouse')
  .description('what the pipeline needs in Snowflake: setup makes it, check looks at every part')
  .argument('<verb>', 'setup or check')
  .option('--user <name>', 'setup: the user of the pipeline (default: TONEARM_SNOWFLAKE_USER)')
  .option('--credits <count>', 'setup: most credits a month', whole, 10)
  .option('--storage-role <arn>', 'setup: the AWS role that Snowflake assumes to read the bucket')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/warehouse.ts')).warehouse as Run));

program
  .command('dead-letters')
  .description('what was refused, and a second try after a fix: list or replay')
  .argument('<verb>', 'list or replay')
  .option('--code <code>', 'only this reason, for example TNA_CONTRACT_INVALID_VALUE')
  .option('--topic <topic>', 'only of this topic')
  .option('--field <field>', 'only where this field is to blame')
  .option('--from <time>', 'only received at or after, RFC 3339 or YYYY-MM-DD')
  .option('--to <time>', 'only received before')
  .addOption(new Option('--state <state>', 'list only these').choices(['waiting', 'replayed']))
  .option('--limit <count>', 'letters to list, newest first', whole, 20)
  .option('--dry-run', 'replay: say what would be sent, send nothing')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/dead-letters.ts')).deadLetters as Run));

program
  .command('alerts')
  .description('what is wrong now, and who is told: check, list, raise, resolve or test')
  .argument('<verb>', 'check judges the pipeline and sends what is new; list only shows')
  .option('--key <key>', 'raise, resolve: what it is about; the same key again is no news')
  .option('--title <title>', 'raise: a few words')
  .option('--detail <text>', 'raise: one or two sentences')
  .option('--since <time>', 'raise: when it began (default: now)')
  .option('--severity <severity>', 'raise: warning or critical', 'critical')
  .option('--runbook <page>', 'raise: a page of docs/runbooks, or an address')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/alerts.ts')).alerts as Run));

program
  .command('cost')
  .description('what the last 30 days would cost on S3 and Snowflake, and how to halve it')
  .option('--plan', 'of a million events a day instead of what was measured here')
  .option('--credit-price <dollars>', 'price of a Snowflake credit (default: 2.00)', number)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/cost.ts')).cost as Run));

program
  .command('evaluate')
  .description('recommend from a file of user, item and weight, and score the lists')
  .requiredOption('--train <file>', 'tab-separated user, item, weight, with a header')
  .option('--test <file>', 'held-out rows; read for scoring only')
  .requiredOption('--recommendations <file>', 'where user, item, rank go: 20 a user')
  .addOption(
    new Option('--method <name>', 'auto chooses and mixes by a split inside train')
      .choices(['auto', 'popularity', 'cosine', 'bm25', 'rp3beta', 'als', 'ease', 'blend'])
      .default('auto'),
  )
  .option('--seed <number>', 'the same seed makes the same lists', whole, 1)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/evaluate.ts')).evaluate as Run));

program
  .command('services')
  .description('a real Kafka, S3 server, Airflow and Streamlit on this machine, without Docker')
  .argument('<verb>', 'up, down or status')
  .argument(
    '[service]',
    'kafka, s3, airflow or streamlit; up starts the first two when it is left out',
  )
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/services.ts')).services as Run));

program
  .command('forget')
  .description('erase a listener everywhere, and prove it; they cannot come back by themselves')
  .argument('<user>', 'the listener')
  .option('--yes', 'do not ask')
  .option('--dry-run', 'say where the listener is, change nothing')
  .option('--undo', 'let somebody who was erased come back')
  .option('--no-rebuild', 'leave building the warehouse anew to the next run')
  .option('--wait <seconds>', 'wait so long for a run of the pipeline to end', number, 600)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/forget.ts')).forget as Run));

program
  .command('takeout')
  .description('everything that is kept of a listener, as one zip of JSON and Parquet')
  .argument('<user>', 'the listener')
  .option('--out <file>', 'the zip (default: takeout-USER-DATE.zip here)')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/takeout.ts')).takeout as Run));

addSpotifyCommands(program, tools);
addAccessCommands(program, tools);

program
  .command('serve')
  .description('the API and the web app, without simulator and pipeline')
  .option('--port <port>', 'port (default: TONEARM_PORT or 8080)', whole)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/serve.ts')).serve as Run));

program
  .command('streamlit')
  .description("the analyst's dashboard: live, trends, recommendations, SQL on the marts")
  .option('--port <port>', 'port on this machine', whole, 8501)
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/streamlit.ts')).streamlit as Run));

program
  .command('status')
  .description('the state of every stage: lag, freshness, row counts')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/status.ts')).status as Run));

program
  .command('doctor')
  .description('check the set-up, with a remedy for each finding')
  .option(...jsonOption)
  .action(action(async () => (await import('./commands/doctor.ts')).doctor as Run));

const commands = program.commands.flatMap((command) => [command, ...command.commands]);
for (const command of commands) command.addOption(new Option('--attached').hideHelp());
for (const command of [program, ...commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
