/**
 * A full refresh beside the same tables of gold written by hand, one DuckDB query each:
 * `node bench/transform.ts [plays]`, and one more hour on top of it. The models of recommendations are left out: no
 * query by hand stands beside them. Reads peak memory from /proc, so on Linux only.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { literal, openDuckDb } from '../src/duckdb.ts';
import { openLake } from '../src/lake/index.ts';
import { startDbtRunner } from '../src/warehouse/index.ts';
import { appendPlays } from './generated-history.ts';
import { row } from './measure.ts';

const size = Number(process.argv[2] ?? 10_000_000);
const hours = 30 * 24;
const firstHour = Date.UTC(2025, 9, 19) / 3_600_000;

const aggregates: Record<string, string> = {
  'events without copies': `create table plays as select * exclude (place) from (
     select *, timestamp::date as day, lower(trim(artist)) as artist_key, duration >= 30000 as is_stream,
       row_number() over (partition by event_id order by _received_at, _partition, _offset) as place
     from lake) where place = 1`,
  daily_listening_stats: `select user_id, day, count(*), count_if(is_stream), count_if(skipped), sum(duration),
     count(distinct track_id), count(distinct artist_key), min(timestamp), max(timestamp) from plays group by all`,
  artist_popularity: `select *, rank() over (partition by day order by streams desc) from (
     select day, artist_key, count(*), count_if(is_stream) as streams, count(distinct user_id), sum(duration)
     from plays where not private group by all)`,
  track_charts: `select *, row_number() over (partition by week order by streams desc, track_id) as place from (
     select date_trunc('week', day + 3) as week, track_id, count_if(is_stream) as streams, count(distinct user_id)
     from plays where not private group by all union all
     select day, track_id, count_if(is_stream), count(distinct user_id) from plays where not private group by all)
     qualify place <= 200`,
  user_preferences: `select *, row_number() over (partition by user_id order by streams desc, artist_key) from (
     select user_id, artist_key, count(*), count_if(is_stream) as streams, count_if(skipped), sum(duration)
     from plays group by all)`,
  listener_tracks: `select user_id, track_id, any_value(track), count(*), count_if(is_stream), sum(duration),
     min(timestamp), max(timestamp) from plays group by all`,
  listening_clock: `select user_id, isodow(day), hour(timestamp), count(*), sum(duration) from plays group by all`,
  sessions: `select user_id, session, min(timestamp), count(*), sum(duration) from (
     select *, sum(case when timestamp > before + interval 30 minutes then 1 else 0 end)
       over (partition by user_id order by timestamp) as session
     from (select *, lag(timestamp + to_milliseconds(duration)) over (partition by user_id order by timestamp) as before
       from plays)) group by all`,
  discovery: `select user_id, artist_key, min(timestamp), arg_min(track_id, timestamp) from plays group by all`,
  wrapped: `select *, row_number() over (partition by user_id, year order by streams desc) as place from (
     select user_id, year(day) as year, track_id, count_if(is_stream) as streams, sum(duration)
     from plays where not private group by all) qualify place <= 5`,
};

const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const config = parseConfig({ TONEARM_DATA: data }, data);
const lake = await openLake(config, Date.now);
try {
  const playsAnHour = Math.round(size / hours);
  const people = { listeners: 20_000, tracks: 50_000, playsAnHour };
  await appendPlays(lake.tables.plays, { ...people, firstHour, hours });
  const files = lake.files();

  const byHand = await handWritten(files.map((file) => file.path));
  row('by hand, sum', `${byHand.toFixed(1)} s`);

  const children = `/proc/${process.pid}/task/${process.pid}/children`;
  const runner = await startDbtRunner(config);
  const child = readFileSync(children, 'utf8').trim().split(' ').at(-1)!;
  const started = performance.now();
  const without = ['tag:recommendations'];
  const built = await runner.build({ fullRefresh: true, without, files, runId: 'bench' });
  const total = (performance.now() - started) / 1000;
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))![1];
  if (!built.ok) throw new Error(built.error ?? built.tests.failures[0]?.message);
  const work = built.models.reduce((sum, { seconds }) => sum + seconds, 0);
  row('full refresh with its tests', `${total.toFixed(1)} s`);
  row('  in models', `${work.toFixed(1)} s`, `${(work / byHand).toFixed(1)} ×`);
  for (const { name, seconds } of built.models
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 8))
    row(`    ${name}`, `${seconds.toFixed(1)} s`);
  row('  peak memory of dbt', `${(Number(peak) / 1024 / 1024).toFixed(2)} GB`);
  for (const hour of [0, 1]) {
    await appendPlays(lake.tables.plays, {
      ...people,
      firstHour: firstHour + hours + hour,
      hours: 1,
    });
    const began = performance.now();
    const one = await runner.build({
      fullRefresh: false,
      quick: true,
      files: lake.files(),
      runId: 'bench',
    });
    if (!one.ok) throw new Error(one.error ?? one.tests.failures[0]?.message);
    const all = (performance.now() - began) / 1000;
    const inNodes = one.results.reduce((sum, { seconds }) => sum + seconds, 0);
    row(hour === 0 ? 'one more hour' : 'the next hour', `${all.toFixed(1)} s`);
    row('  of which dbt itself', `${(all - inNodes).toFixed(1)} s`);
  }
  await runner.close();
} finally {
  await rm(data, { recursive: true, force: true });
}

async function handWritten(paths: readonly string[]): Promise<number> {
  const { connection, close } = await openDuckDb();
  await connection.run(`attach ${literal(join(data, 'by-hand.duckdb'))} as hand; use hand`);
  await connection.run(
    `create view lake as from read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`,
  );
  let sum = 0;
  for (const [name, query] of Object.entries(aggregates)) {
    const started = performance.now();
    await connection.run(
      query.startsWith('create')
        ? query
        : `create table ${name} as select columns(*) as "${name}_\\0" from (${query})`,
    );
    const seconds = (performance.now() - started) / 1000;
    sum += seconds;
    row(`  ${name}`, `${seconds.toFixed(1)} s`);
  }
  close();
  return sum;
}
