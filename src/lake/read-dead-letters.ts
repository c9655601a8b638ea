import { type EventTopic, eventTopics } from '../../contracts/index.ts';
import { type DuckDBConnection, literal } from '../duckdb.ts';
import type { Lake } from './index.ts';
import { openReader } from './reader.ts';
import { readReplays } from './replay-records.ts';

/** Which letters are meant. Everything that is given must hold. */
export interface DeadLetterFilter {
  readonly code?: string | undefined;
  readonly topic?: EventTopic | undefined;
  readonly field?: string | undefined;
  /** Received at or after, ms since the epoch. */
  readonly from?: number | undefined;
  /** Received before, ms since the epoch. */
  readonly to?: number | undefined;
  readonly state?: DeadLetterState | undefined;
}

/** `waiting`: not in its topic. `replayed`: sent again, since it keeps its contract now. */
export type DeadLetterState = 'waiting' | 'replayed';

export const deadLetterStates = ['waiting', 'replayed'] as const satisfies DeadLetterState[];

/** A letter as the lake keeps it. */
export interface StoredDeadLetter {
  readonly dead_letter_id: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly origin_topic: EventTopic;
  readonly origin_partition: number;
  readonly origin_offset: number;
  readonly origin_key: string | null;
  /** RFC 3339. */
  readonly received_at: string;
  readonly raw: string;
  readonly raw_encoding: 'utf8' | 'base64' | 'null';
  /** RFC 3339; null while it waits. */
  readonly replayed_at: string | null;
}

/** Number of letters by reason. */
export interface DeadLetterReason {
  readonly code: string;
  readonly field: string | null;
  readonly topic: string;
  readonly waiting: number;
  readonly replayed: number;
  /** RFC 3339. */
  readonly first_received_at: string;
  readonly last_received_at: string;
}

/** The letters of a lake, for one piece of work. */
export interface DeadLetterReader {
  /** Letters of a filter, newest first. */
  list(filter: DeadLetterFilter, limit: number, offset?: number): Promise<StoredDeadLetter[]>;
  /** The same letters counted, most first. */
  reasons(filter: DeadLetterFilter): Promise<DeadLetterReason[]>;
  /** All letters of a filter, oldest first, some hundreds at a time. */
  all(filter: DeadLetterFilter): AsyncIterable<StoredDeadLetter[]>;
  close(): void;
}

/** Opens the letters that the lake holds now, with what is known of their replays. */
export async function openDeadLetters(lake: Lake): Promise<DeadLetterReader> {
  await lake.tables.dead_letters.log.refresh();
  const files = lake.tables.dead_letters.files().filter((file) => file.live);
  const database = await openReader(lake.store, { threads: '1' });
  const { connection } = database;
  try {
    await createReplays(connection, await readReplays(lake.store));
    await connection.run(`create view letters as
      select l.*, r.replayed_at from (${source(files.map(({ path }) => path))}) as l
      left join replays as r using (dead_letter_id)`);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    async list(filter, limit, offset = 0) {
      const { where, values } = conditions(filter);
      const reader = await connection.runAndReadAll(
        `from letters ${where} order by received_at desc, dead_letter_id limit $limit offset $offset`,
        { ...values, limit, offset },
      );
      return reader.getRowObjectsJS().map(letterOf);
    },
    async reasons(filter) {
      const { where, values } = conditions(filter);
      const reader = await connection.runAndReadAll(
        `select code, field, origin_topic as topic, count(*) filter (replayed_at is null) as waiting,
           count(replayed_at) as replayed, min(received_at) as first_received_at,
           max(received_at) as last_received_at
         from letters ${where} group by all order by count(*) desc, code, field, topic limit 200`,
        values,
      );
      return reader.getRowObjectsJS().map(plain) as unknown as DeadLetterReason[];
    },
    async *all(filter) {
      const { where, values } = conditions(filter);
      const result = await connection.stream(
        `from letters ${where} order by received_at, origin_topic, origin_partition, origin_offset`,
        values,
      );
      for await (const rows of result.yieldRowObjectJs()) yield rows.map(letterOf);
    },
    close: () => database.close(),
  };
}

const columns = [
  ['dead_letter_id', 'varchar'],
  ['code', 'varchar'],
  ['field', 'varchar'],
  ['message', 'varchar'],
  ['origin_topic', 'varchar'],
  ['origin_partition', 'integer'],
  ['origin_offset', 'bigint'],
  ['origin_key', 'varchar'],
  ['received_at', 'timestamptz'],
  ['raw', 'varchar'],
  ['raw_encoding', 'varchar'],
] as const;

function source(paths: readonly string[]): string {
  if (paths.length > 0) {
    return `select ${columns.map(([name]) => name).join(', ')}
      from read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false, union_by_name = true)`;
  }
  return `select ${columns.map(([name, type]) => `null::${type} as ${name}`).join(', ')} where false`;
}

async function createReplays(
  connection: DuckDBConnection,
  replays: ReadonlyMap<string, string>,
): Promise<void> {
  await connection.run('create table replays (dead_letter_id varchar, replayed_at timestamptz)');
  if (replays.size === 0) return;
  await connection.run(
    'insert into replays select unnest(from_json($ids, $type)), unnest(from_json($times, $type))::timestamptz',
    {
      ids: JSON.stringify([...replays.keys()]),
      times: JSON.stringify([...replays.values()]),
      type: '["VARCHAR"]',
    },
  );
}

function conditions(filter: DeadLetterFilter) {
  const { code, topic, field, from, to, state } = filter;
  const parts: string[] = [];
  const values: Record<string, string | number> = {};
  const add = (condition: string, name: string, value: string | number | undefined) => {
    if (value === undefined) return;
    parts.push(condition);
    values[name] = value;
  };
  add('code = $code', 'code', code);
  add('origin_topic = $topic', 'topic', topic);
  add('field = $field', 'field', field);
  add('received_at >= make_timestamptz($from::bigint * 1000)', 'from', from);
  add('received_at < make_timestamptz($to::bigint * 1000)', 'to', to);
  if (state === 'waiting') parts.push('replayed_at is null');
  if (state === 'replayed') parts.push('replayed_at is not null');
  return { where: parts.length === 0 ? '' : `where ${parts.join(' and ')}`, values };
}

/** Whole numbers as numbers, times as RFC 3339. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'bigint'
        ? Number(value)
        : value instanceof Date
          ? value.toISOString()
          : value,
    ]),
  );
}

const letterOf = (row: Record<string, unknown>) => plain(row) as unknown as StoredDeadLetter;

/** True when a text names a topic of events. */
export const isEventTopic = (text: string): text is EventTopic =>
  (eventTopics as readonly string[]).includes(text);
