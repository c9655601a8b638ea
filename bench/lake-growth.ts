/**
 * What a long log costs: commits and opening with 100 and with 100,000 entries. `node bench/lake-growth.ts`.
 * The long log is six days of a commit every five seconds, each hour compacted to one file.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { checkpointIsDue, writeCheckpoint } from '../src/lake/checkpoint.ts';
import {
  type Action,
  type AddAction,
  encodeActions,
  versionName,
} from '../src/lake/delta-actions.ts';
import { DeltaLog, type DeltaLogOptions } from '../src/lake/delta-log.ts';
import { LocalStore } from '../src/lake/local-store.ts';
import { hourFolder, partitionValues } from '../src/lake/parquet-files.ts';
import { positionId } from '../src/lake/position.ts';
import { TableState } from '../src/lake/table-state.ts';
import { measure, row } from './measure.ts';

const commits = 800;
const flushMs = 5000;
const commitsAnHour = 3_600_000 / flushMs;
const hours = 3_600_000;
const root = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));

/** One flush: a file of the hour, and the positions of six partitions. */
function flush(version: number, now: number): Action[] {
  const path = `${hourFolder(Math.floor(now / hours))}/part-${crypto.randomUUID()}.parquet`;
  const add: AddAction = {
    path,
    partitionValues: partitionValues(path),
    size: 7_000_000,
    modificationTime: now,
    dataChange: true,
    stats: JSON.stringify({
      numRecords: 160_000,
      minValues: { timestamp: new Date(now - flushMs).toISOString(), _offset: version },
      maxValues: { timestamp: new Date(now).toISOString(), _offset: version + 160_000 },
    }),
    tags: { 'tonearm.rows': '160000' },
  };
  const positions = Array.from({ length: 6 }, (_, partition) => ({
    txn: { appId: positionId('plays', partition), version: version * 27_000, lastUpdated: now },
  }));
  return [...positions, { add }];
}

/** The parts so far, replaced by one file. */
function compaction(state: TableState, now: number): Action[] {
  const parts = [...state.files.values()].filter((file) => file.path.includes('/part-'));
  const path = `${parts[0]!.path.slice(0, parts[0]!.path.lastIndexOf('/'))}/data-${crypto.randomUUID()}.parquet`;
  return [
    ...parts.map(({ path, partitionValues, size, tags }) => ({
      remove: {
        path,
        deletionTimestamp: now,
        dataChange: false,
        extendedFileMetadata: true,
        partitionValues,
        size,
        tags,
      },
    })),
    { add: { ...parts[0]!, path, dataChange: false, tags: { 'tonearm.rows': '9' } } },
  ];
}

/** Writes a log of a number of entries as its writers would have left it, ending now. */
async function writeLog(store: LocalStore, table: string, entries: number) {
  const directory = store.location(`${table}/_delta_log`);
  await mkdir(directory, { recursive: true });
  const state = new TableState();
  let checkpointed = 0;
  for (let version = 0; version < entries; version += 1) {
    const now = Date.now() - (entries - version) * flushMs;
    const isHourly = version % commitsAnHour === commitsAnHour - 1;
    const entry: Action[] = [
      { commitInfo: { timestamp: now, operation: 'WRITE' } },
      ...(isHourly ? compaction(state, now) : flush(version, now)),
    ];
    await writeFile(join(directory, `${versionName(version)}.json`), encodeActions(entry));
    state.apply(version, entry);
    if (checkpointIsDue(version, state.size)) checkpointed = version;
    if (version !== checkpointed || entries - version > 1000) continue;
    await writeCheckpoint(store, table, version, state.toActions(now), join(root, 'staging'));
  }
  return { files: state.files.size, tombstones: state.tombstones.size };
}

/** Warms the reader up, and leaves nothing in memory. */
async function openOnce(options: Omit<DeltaLogOptions, 'clock'>): Promise<void> {
  await new DeltaLog({ ...options, clock: Date.now }).refresh();
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}

const store = new LocalStore(join(root, 'lake'));
const tables = [100, 100_000].map((entries) => ({
  entries,
  name: `entries-${entries}`,
  files: 0,
  tombstones: 0,
  heap: 0,
  log: undefined as unknown as DeltaLog,
  open: 0,
  times: [] as number[],
}));
for (const table of tables) {
  Object.assign(table, await writeLog(store, table.name, table.entries));
  const options = { store, table: table.name, stagingDirectory: join(root, 'staging') };
  table.log = new DeltaLog({ ...options, clock: Date.now });
  await openOnce(options);
  const heapBefore = heapMb();
  table.open = (await measure(() => table.log.refresh())).wall * 1000;
  table.heap = heapMb() - heapBefore;
}
// In turn, so that other load on the machine meets both alike.
for (let count = 0; count < commits; count += 1) {
  for (const table of tables) {
    const version = table.log.state.version + 1;
    const { wall } = await measure(() =>
      table.log.commit('WRITE', () => flush(version, Date.now())),
    );
    table.times.push(wall * 1000);
  }
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!;
const [small, large] = tables.map((table) => ({
  files: table.files,
  tombstones: table.tombstones,
  open: table.open,
  heap: table.heap,
  mean: mean(table.times),
  median: quantile(table.times, 0.5),
  p99: quantile(table.times, 0.99),
  slowest: Math.max(...table.times),
}));
row('', ...tables.map(({ entries }) => `${entries.toLocaleString('en')} entries`), 'ratio');
const print = (name: string, key: keyof NonNullable<typeof small>, digits = 1) =>
  row(
    name,
    small![key].toFixed(digits),
    large![key].toFixed(digits),
    (large![key] / small![key]).toFixed(2),
  );
print('live files', 'files', 0);
print('removed files, remembered', 'tombstones', 0);
print('commit ms, mean, checkpoints in it (limit 1.5)', 'mean', 2);
print('commit ms, median', 'median', 2);
print('commit ms, p99', 'p99');
print('commit ms, slowest (with its checkpoint)', 'slowest');
print('opening the table, ms', 'open');
print('memory of an open table, MB', 'heap');
await rm(root, { recursive: true, force: true });
