/**
 * How well `gold.volume_anomalies` finds what is wrong: the compiled model itself judges simulated months with
 * injected drops, spikes, slow decays and missing hours.
 *
 *     node bench/anomaly-detection.ts [listeners …]
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { dbtPython } from '../scripts/python-environment.mjs';
import { simulateHistory } from '../src/sources/simulator/index.ts';
import { Random } from '../src/sources/simulator/random.ts';
import { row } from './measure.ts';

const hourMs = 3_600_000;
const week = 168;
/** A month that is judged, after two that are history. */
const weeks = 12;
const judged = 4 * week;
const hours = weeks * week;
const repeats = 5;
const from = Date.UTC(2025, 8, 1);

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(200, 2000, 20_000);

interface Judgement {
  readonly state: string;
  readonly score: number;
}

interface Series {
  readonly counts: number[];
  /** Hours in which something is wrong, and whether too little or too much comes. */
  readonly wrong: Map<number, 'low' | 'high'>;
}

/** Plays by the hour of receipt. */
async function simulate(listeners: number, seed: number): Promise<number[]> {
  const counts = new Array<number>(hours).fill(0);
  const output = {
    write(topic: string, _key: string, _value: Uint8Array, receivedAt: number) {
      const hour = Math.floor((receivedAt - from) / hourMs);
      if (topic === 'plays' && hour >= 0 && hour < hours) counts[hour]! += 1;
    },
    flush: async () => undefined,
  };
  await simulateHistory(
    { seed, users: listeners, tracks: 5000, from, to: from + hours * hourMs },
    output,
  );
  return counts;
}

/** Some hours of the judged month, each at least eight from the next. */
function chosen(random: Random, count: number): number[] {
  const found: number[] = [];
  while (found.length < count) {
    const hour = hours - judged + random.below(judged - 8);
    if (found.every((other) => Math.abs(other - hour) >= 8)) found.push(hour);
  }
  return found;
}

type Change = (counts: readonly number[], random: Random) => Series;

/** Single hours, each multiplied. */
const singles =
  (sense: 'low' | 'high', factor: (random: Random) => number): Change =>
  (counts, random) => {
    const wrong = new Map<number, 'low' | 'high'>();
    const changed = [...counts];
    for (const hour of chosen(random, 10)) {
      wrong.set(hour, sense);
      changed[hour] = Math.round(counts[hour]! * factor(random));
    }
    return { counts: changed, wrong };
  };

const drops = singles('low', (random) => 0.5 * random.fraction());

const scenarios: Record<string, Change> = {
  'nothing wrong': (counts) => ({ counts: [...counts], wrong: new Map() }),
  'drops of 50 to 100 %': drops,
  'missing hours': singles('low', () => 0),
  'spikes of 2 to 4 times': singles('high', (random) => 2 + 2 * random.fraction()),
  'slow decays to nothing in 24 h': (counts, random) => {
    const begin = hours - judged + random.below(judged - 48);
    const changed = counts.map((count, hour) => {
      const share = hour < begin ? 0 : Math.min(1, (hour - begin) / 24);
      return hour >= begin + 30 ? count : Math.round(count * (1 - share));
    });
    const wrong = new Map<number, 'low' | 'high'>();
    for (let hour = begin; hour < begin + 30; hour += 1) wrong.set(hour, 'low');
    return { counts: changed, wrong };
  },
  'drops after an outage of two days and a flood': (counts, random) => {
    const outage = 5 * week + random.below(week);
    const flood = 7 * week + random.below(week);
    const history = counts.map((count, hour) =>
      hour >= outage && hour < outage + 48
        ? 0
        : hour >= flood && hour < flood + 12
          ? count * 5
          : count,
    );
    return drops(history, random);
  },
  'drops while 3 % more come each week': (counts, random) =>
    drops(
      counts.map((count, hour) => Math.round(count * 1.03 ** ((hour - hours) / week))),
      random,
    ),
};

/** The model as dbt compiles it. */
async function compiledModel(folder: string): Promise<string> {
  const database = join(folder, 'warehouse.duckdb');
  await writeFile(
    join(folder, 'profiles.yml'),
    `tonearm:\n  target: duckdb\n  outputs:\n    duckdb: {type: duckdb, path: ${JSON.stringify(database)}, schema: main, threads: 1}\n`,
  );
  const done = spawnSync(
    join(dbtPython, '../dbt'),
    [
      ...['compile', '--quiet', '--select', 'volume_anomalies', '--profiles-dir', folder],
      ...[
        '--project-dir',
        join(import.meta.dirname, '../dbt'),
        '--target-path',
        join(folder, 'target'),
      ],
      ...['--log-path', join(folder, 'logs')],
    ],
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' } },
  );
  if (done.status !== 0) throw new Error(done.stdout + done.stderr);
  return await readFile(
    join(folder, 'target/compiled/tonearm/models/gold/volume_anomalies.sql'),
    'utf8',
  );
}

const folder = await mkdtemp(join(tmpdir(), 'tonearm-anomalies-'));
try {
  await mkdir(folder, { recursive: true });
  const sql = await compiledModel(folder);
  const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), { threads: '2' });
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'; create schema silver");
  for (const listeners of sizes) {
    const counts = await simulate(listeners, listeners);
    const month = counts.slice(-judged).sort((a, b) => a - b);
    const quietest = month[Math.floor(judged * 0.05)]!;
    console.log(
      `\n${listeners.toLocaleString('en')} listeners: ${Math.round(counts.reduce((a, b) => a + b) / hours).toLocaleString('en')} plays an hour, ${quietest.toLocaleString('en')} in the quietest hours (5 %)`,
    );
    row('  scenario', 'recall', 'precision', 'false / month', 'found after h', 'in hindsight');
    const series = new Map<string, Series>();
    for (const [name, change] of Object.entries(scenarios)) {
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        series.set(`${name}/${repeat}`, change(counts, new Random(repeat + 1, name)));
      }
    }
    await judge(series);
  }
  connection.closeSync();
  instance.closeSync();

  async function judge(series: ReadonlyMap<string, Series>): Promise<void> {
    await connection.run(
      'create or replace table silver.hourly_volume (topic varchar, hour timestamptz, events bigint)',
    );
    const appender = await connection.createAppender('hourly_volume', 'silver');
    for (const [topic, { counts }] of series) {
      // And the hour that is still open.
      for (const [index, events] of [...counts, 0].entries()) {
        appender.appendVarchar(topic);
        appender.appendTimestampTZ(
          new DuckDBTimestampTZValue(BigInt(from + index * hourMs) * 1000n),
        );
        appender.appendBigInt(BigInt(events));
        appender.endRow();
      }
    }
    appender.closeSync();
    const reader = await connection.runAndReadAll(
      `select topic, ((epoch_ms(hour) - ${from}) / ${hourMs})::integer as hour, state, score
       from (${sql}) where score is not null`,
    );
    const alarms = new Map<string, Map<number, Judgement>>();
    for (const [topic, hour, state, score] of reader.getRows() as [
      string,
      number,
      string,
      number,
    ][]) {
      if (hour < hours - judged) continue;
      const found = alarms.get(topic) ?? new Map<number, Judgement>();
      alarms.set(topic, found.set(hour, { state, score }));
    }
    for (const name of Object.keys(scenarios)) tell(name, series, alarms);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function tell(
  name: string,
  series: ReadonlyMap<string, Series>,
  judgements: ReadonlyMap<string, ReadonlyMap<number, Judgement>>,
): void {
  const isDecay = name.startsWith('slow decays');
  let injected = 0;
  let found = 0;
  let wrongly = 0;
  const delays: number[] = [];
  const usualScores: number[] = [];
  const wrongScores: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const { wrong } = series.get(`${name}/${repeat}`)!;
    const judged = judgements.get(`${name}/${repeat}`) ?? new Map<number, Judgement>();
    for (const [hour, { state, score }] of judged) {
      if (wrong.has(hour)) continue;
      usualScores.push(Math.abs(score));
      if (state !== 'usual') wrongly += 1;
    }
    const hits = [...wrong].filter(([hour, sense]) => judged.get(hour)?.state === sense);
    for (const [hour, sense] of wrong) {
      wrongScores.push((judged.get(hour)?.score ?? 0) * (sense === 'low' ? -1 : 1));
    }
    if (isDecay) {
      // One event: it counts once, and how long it took.
      injected += 1;
      if (hits.length > 0) {
        found += 1;
        delays.push(Math.min(...hits.map(([hour]) => hour)) - Math.min(...wrong.keys()) + 1);
      }
    } else {
      injected += wrong.size;
      found += hits.length;
    }
  }
  row(
    `  ${name}`,
    injected === 0 ? '' : (found / injected).toFixed(3),
    found + wrongly === 0 || injected === 0 ? '' : (found / (found + wrongly)).toFixed(3),
    (wrongly / repeats).toFixed(1),
    delays.length === 0 ? '' : `${Math.min(...delays)}–${Math.max(...delays)}`,
    isDecay || injected === 0 ? '' : inHindsight(usualScores, wrongScores).toFixed(3),
  );
}

/** The limit: recall with the threshold that would have given one false alarm a month in this very scenario. */
function inHindsight(usual: readonly number[], wrong: readonly number[]): number {
  const threshold = [...usual].sort((a, b) => b - a)[repeats] ?? 0;
  return wrong.filter((score) => score > threshold).length / wrong.length;
}
