/**
 * Recommendations of many listeners: time, CPU and the most memory of the step `recommend` for everyone, then for
 * the few with new plays (200, or one in a hundred) by the models that were kept and by models that are fitted
 * anew, and of the portable models in SQL.
 * `node bench/recommendations-scale.ts [listeners 100000] [tracks 50000] [pairs 20000000] [folder] [step|sql]`.
 * The listeners are made up: tracks and listeners of 500 scenes in 40 genres, popularity by a power law, lists
 * of log-normal length. Needs the Python environment, as dbt makes the tables.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { hasPythonEnvironment } from '../scripts/python-environment.mjs';
import { parseConfig } from '../src/config.ts';
import type { DuckDBConnection } from '../src/duckdb.ts';
import { recommendStep } from '../src/recommend-step.ts';
import { modelsPath, removeModels, startDbtRunner } from '../src/warehouse/index.ts';
import { measure, row } from './measure.ts';

const memoryOfSql = '3GB';
const models = ['track_similarity', 'user_recommendations'];
/** As `batch_size` in dbt/dbt_project.yml. */
const listenersOfBatch = 2000;

if (process.argv[2] === '--step') await runStep(process.argv[3]!);
else if (process.argv[2] === '--sql') await runSql(process.argv[3]!, process.argv[4]!);
else await main(process.argv.slice(2));

async function main([
  listeners = '100000',
  tracks = '50000',
  pairs = '20000000',
  given,
  what,
]: string[]) {
  if (given !== undefined) mkdirSync(given, { recursive: true });
  const folder = mkdtempSync(join(given ?? tmpdir(), 'tonearm-scale-'));
  const config = parseConfig({ TONEARM_DATA: folder }, folder);
  const { path } = config.warehouse as { path: string };
  mkdirSync(join(path, '..'), { recursive: true });
  try {
    await emptyWarehouse(folder, path);
    const rows = await generate(path, Number(listeners), Number(tracks), Number(pairs));
    console.log(`${listeners} listeners, ${tracks} tracks, ${rows.toLocaleString('en')} pairs.`);
    row('', 'wall s', 'CPU-s', 'peak MB', 'keys', 'rows');
    if (what !== 'sql') {
      inChild('step recommend, everyone', ['--step', folder]);
      const few = Math.max(200, Math.round(Number(listeners) / 100));
      await withDatabase(path, (connection) => newPlays(connection, Number(listeners), few, 2));
      inChild(`step recommend, ${few} with new plays`, ['--step', folder]);
      await withDatabase(path, (connection) => newPlays(connection, Number(listeners), few, 3));
      removeModels(modelsPath(path));
      inChild('the same, models fitted anew', ['--step', folder]);
    }
    if (what === 'step') return;
    for (const model of models) {
      inChild(`${model} in SQL, memory_limit ${memoryOfSql}`, ['--sql', folder, model]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inChild(name: string, args: string[]): void {
  const printed = execFileSync(process.execPath, [import.meta.filename, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { cells, message } = JSON.parse(printed.trim().split('\n').at(-1)!) as {
    cells: string[];
    message: string;
  };
  row(name, ...cells);
  if (message !== '') console.log(`  ${message}`);
}

async function runStep(folder: string): Promise<void> {
  const config = parseConfig({ TONEARM_DATA: folder }, folder);
  const { signal } = new AbortController();
  const { value, wall, cpu } = await measure(() =>
    recommendStep({ config, clock: Date.now, signal, fullRefresh: false }),
  );
  const { listeners = 0, recommendations = 0 } = value.counts ?? {};
  report([wall, cpu], [listeners, recommendations], value.message ?? '');
}

async function runSql(folder: string, model: string): Promise<void> {
  const { path } = parseConfig({ TONEARM_DATA: folder }, folder).warehouse as { path: string };
  await withDatabase(path, async (connection) => {
    await connection.run(`set memory_limit = '${memoryOfSql}'`);
    await connection.run('set preserve_insertion_order = false');
    const [compiled] = await rowsOf(
      connection,
      `select sql from bench.models where name = '${model}'`,
    );
    const [known] = await rowsOf(
      connection,
      'select count(distinct user_id)::integer as listeners from gold.listener_taste',
    );
    const wanted = Math.ceil((known!.listeners as number) / listenersOfBatch);
    const batches = model === 'user_recommendations' ? Math.max(1, wanted) : 1;
    const { wall, cpu } = await measure(async () => {
      await connection.run(`create or replace table gold.made as ${batch(compiled!, 0, batches)}`);
      for (let next = 1; next < batches; next += 1) {
        await connection.run(`insert into gold.made ${batch(compiled!, next, batches)}`);
      }
    });
    const key = model === 'user_recommendations' ? 'user_id' : 'track_id';
    const [made] = await rowsOf(
      connection,
      `select count(*)::integer as rows, count(distinct ${key})::integer as keys from gold.made`,
    );
    await connection.run(
      `drop table gold.${model}; alter table gold.made rename to ${model}; checkpoint`,
    );
    report([wall, cpu], [made!.keys as number, made!.rows as number], '');
  });
}

/** What dbt/macros/gold/in_batches.sql makes of a model's statement. */
function batch({ sql }: Record<string, unknown>, at: number, batches: number): string {
  const first = Math.floor((at * 10_000) / batches);
  const last = Math.floor(((at + 1) * 10_000) / batches) - 1;
  return (sql as string).replaceAll('0 and 9999', `${first} and ${last}`);
}

function report(seconds: number[], counts: number[], message: string): void {
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  const cells = [...seconds.map((one) => one.toFixed(1)), String(peak), ...counts.map(String)];
  console.log(JSON.stringify({ cells, message }));
}

/** The warehouse as dbt builds it from nothing, and the compiled SQL of the models that are measured. */
async function emptyWarehouse(folder: string, path: string): Promise<void> {
  if (!hasPythonEnvironment()) throw new Error('Needs: node scripts/python-environment.mjs');
  const runner = await startDbtRunner(parseConfig({ TONEARM_DATA: folder }, folder));
  const built = await runner.build({ fullRefresh: true, files: [], runId: 'scale' });
  await runner.close();
  if (built.error !== undefined) throw new Error(built.error);
  await withDatabase(path, async (connection) => {
    await connection.run(
      'create schema bench; create table bench.models (name varchar, sql varchar)',
    );
    for (const name of models) {
      const sql = built.nodes.find((node) => node.name === name)!.sql!;
      await connection.run('insert into bench.models values ($name, $sql)', { name, sql });
    }
  });
}

/** Fills gold.listener_taste, gold.track_catalogue and silver.tracks. The same numbers give the same plays. */
async function generate(
  path: string,
  listeners: number,
  tracks: number,
  pairs: number,
): Promise<number> {
  return await withDatabase(path, async (connection) => {
    const draw = (salt: number) => `(hash(listener, draw, ${salt}) % 1000003)::double / 1000003`;
    // Repeats become plays: about every fourth draw falls on a track that the listener has already.
    const mean = (1.35 * pairs) / listeners / Math.exp(0.8 ** 2 / 2);
    const scenes = Math.max(1, Math.min(500, Math.floor(tracks / 100)));
    const ofScene = Math.floor(tracks / scenes);
    await connection.run(`
      set memory_limit = '3GB'; set preserve_insertion_order = false;
      create temp table heard as
      with listeners as (
        select listener, least(${ofScene * 20}, greatest(3, exp(0.8 * sqrt(-2 * ln((hash(listener, 1) % 1000003 + 1)::double / 1000004))
          * cos(6.2831853 * (hash(listener, 2) % 1000003)::double / 1000003)) * ${mean}))::integer as draws
        from range(${listeners}) as made(listener)
      ),
      drawn as (select listener, unnest(range(draws)) as draw from listeners),
      aimed as (
        select listener, ${draw(3)} as what, ${draw(4)} as which, ${draw(5)} as place from drawn
      ),
      found as (
        select listener, least(${scenes * ofScene - 1}, case
          when what < 0.6 then floor(${ofScene} * place ** 1.7) * ${scenes}
            + (hash(listener, floor(which * 6)) % 2 * 7 + hash(listener, 9) % 40 * 12 + floor(which * 6)) % ${scenes}
          when what < 0.85 then floor(${ofScene} * place ** 1.7) * ${scenes}
            + (hash(listener, 9) % 40 * 12 + floor(which * 12)) % ${scenes}
          else floor(${scenes * ofScene} * place ** 2.5)
        end)::integer as track
        from aimed
      )
      select listener, track, count(*)::integer as plays from found group by listener, track`);
    await connection.run(`
      insert into gold.listener_taste by name
      select 'listener-' || lpad(listener::varchar, 7, '0') as user_id, 'track-' || lpad(track::varchar, 6, '0') as track_id,
        'artist ' || (track // 12) as artist_key, plays, plays as streams,
        (case when hash(listener, track, 6) % 8 = 0 then plays else 0 end)::bigint as skips,
        case when hash(listener, track, 7) % 50 = 0 then true end as liked,
        date '2025-01-01' + (hash(listener, track, 8) % 300)::integer as first_day,
        date '2025-12-01' - (hash(listener, track, 10) % 30)::integer as last_day, 1 as built_from_version
      from heard;
      insert into gold.track_catalogue by name
      select 'track-' || lpad(track::varchar, 6, '0') as track_id, 'Track ' || track as track, 'Artist ' || (track // 12) as artist,
        'artist ' || (track // 12) as artist_key, 'genre ' || (track % ${scenes} // 12) as genre, sum(plays)::bigint as streams,
        count(*)::bigint as listeners, percent_rank() over (order by count(*)) as popularity,
        row_number() over (order by count(*) desc, track) as place
      from heard group by track;
      insert into silver.tracks by name select track_id, track, artist, genre from gold.track_catalogue`);
    const [made] = await rowsOf(connection, 'select count(*)::integer as rows from heard');
    return made!.rows as number;
  });
}

/** Some listeners from all over play a track again. */
async function newPlays(
  connection: DuckDBConnection,
  listeners: number,
  few: number,
  version: number,
): Promise<void> {
  const every = Math.max(1, Math.floor(listeners / few));
  const isOne = `right(user_id, 7)::integer % ${every} = 0`;
  await connection.run(`
    update gold.listener_taste set plays = plays + 1, streams = streams + 1, built_from_version = ${version}
    where ${isOne} and (user_id, track_id) in (
      select user_id, min(track_id) from gold.listener_taste where ${isOne} group by user_id)`);
}

async function withDatabase<T>(
  path: string,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, unknown>[];
}
