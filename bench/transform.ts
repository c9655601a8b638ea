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
  daily_discovery: `select day, least(day - first, 31) as days_known, count(*), count_if(is_stream), count(distinct user_id), sum(duration)
     from plays join (select user_id, artist_key, min(day) as first from plays group by all) using (user_id, artist_key)
     where not private group by day, days_known`,
  wrapped_tops: `select *, row_number() over (partition by user_id, year, kind order by streams desc) as place from (
     ${['track_id', 'artist_key', 'genre']
       .map(
         (
           key,
         ) => `select user_id, year(day) as year, '${key}' as kind, ${key}, count(*) as streams, sum(duration)
         from plays where is_stream and not private group by all`,
       )
       .join(' union all ')}) qualify place <= 5`,
  wrapped: `select user_id, year(day), count(*), count_if(is_stream), sum(duration), count(distinct track_id),
     count(distinct artist_key), count(distinct day), min(timestamp) from plays where not private group by all`,
  listener_artists: `select user_id, artist_key, any_value(artist), count(*), count_if(is_stream), sum(duration),
     min(timestamp), max(timestamp) from plays group by all`,
  daily_breakdown: [
    'hour(timestamp)',
    'device',
    'genre',
    "artist_key || ' / ' || lower(album)",
    'duration // 5000',
  ]
    .map(
      (
        key,
      ) => `select day, (${key})::varchar, count(*), count_if(is_stream), count(distinct user_id), sum(duration)
      from plays where not private group by all`,
    )
    .join(' union all '),
  session_lengths: `select day, least(minutes // 15, 16), count(*), count(distinct user_id), sum(duration) from (
     select user_id, day, session, date_diff('minute', min(timestamp), max(timestamp)) as minutes, sum(duration) as duration
     from (select *, sum(case when timestamp > before + interval 30 minutes then 1 else 0 end)
         over (partition by user_id, day order by timestamp) as session
       from (select *, lag(timestamp + to_milliseconds(duration)) over (partition by user_id, day order by timestamp)
         as before from plays where not private)) group by all) group by all`,
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
  row('by hand, sum', `${byHand.seconds.toFixed(1)} s`, `${byHand.cpu.toFixed(1)} CPU-s`);

  const children = `/proc/${process.pid}/task/${process.pid}/children`;
  const runner = await startDbtRunner(config);
  const child = readFileSync(children, 'utf8').trim().split(' ').at(-1)!;
  const started = performance.now();
  const without = ['tag:recommendations'];
  const before = cpuSeconds(child);
  const built = await runner.build({ fullRefresh: true, without, files, runId: 'bench' });
  const total = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(child) - before;
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))![1];
  if (!built.ok) throw new Error(built.error ?? built.tests.failures[0]?.message);
  const work = built.models.reduce((sum, { seconds }) => sum + seconds, 0);
  const times = (ratio: number) => `${ratio.toFixed(1)} ×`;
  row('full refresh with its tests', `${total.toFixed(1)} s`, `${cpu.toFixed(1)} CPU-s`);
  row('  beside the sum by hand', times(total / byHand.seconds), times(cpu / byHand.cpu));
  row('  in models', `${work.toFixed(1)} s`, times(work / byHand.seconds));
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
    const beforeHour = cpuSeconds(child);
    const one = await runner.build({
      fullRefresh: false,
      quick: true,
      files: lake.files(),
      runId: 'bench',
    });
    if (!one.ok) throw new Error(one.error ?? one.tests.failures[0]?.message);
    const all = (performance.now() - began) / 1000;
    const used = cpuSeconds(child) - beforeHour;
    const inNodes = one.results.reduce((sum, { seconds }) => sum + seconds, 0);
    row(
      hour === 0 ? 'one more hour' : 'the next hour',
      `${all.toFixed(1)} s`,
      `${used.toFixed(1)} CPU-s`,
    );
    row('  of which dbt itself', `${(all - inNodes).toFixed(1)} s`);
  }
  await runner.close();
} finally {
  await rm(data, { recursive: true, force: true });
}

/** User and system time of a process; the kernel counts hundredths. */
function cpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function handWritten(paths: readonly string[]): Promise<{ seconds: number; cpu: number }> {
  const { connection, close } = await openDuckDb();
  await connection.run(`attach ${literal(join(data, 'by-hand.duckdb'))} as hand; use hand`);
  await connection.run(
    `create view lake as from read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`,
  );
  const sum = { seconds: 0, cpu: 0 };
  for (const [name, query] of Object.entries(aggregates)) {
    const started = performance.now();
    const used = process.cpuUsage();
    await connection.run(
      query.startsWith('create')
        ? query
        : `create table ${name} as select columns(*) as "${name}_\\0" from (${query})`,
    );
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(used);
    sum.seconds += seconds;
    sum.cpu += (user + system) / 1e6;
    row(`  ${name}`, `${seconds.toFixed(1)} s`, `${((user + system) / 1e6).toFixed(1)} CPU-s`);
  }
  close();
  return sum;
}
