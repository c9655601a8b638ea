/**
 * The state of every stage, gathered from what the stages leave behind: the log's offsets, the
 * lake's Delta logs, the run records and the marts' pointer. The health page and the `status`
 * command both call it. A stage that can't be asked is reported as failed; the others still answer.
 */
import { z } from 'zod';
import { eventTopics } from '../../contracts/index.ts';
import type { Config } from '../config.ts';
import type { LiveViewStatus } from '../live/index.ts';
import type { EventLog } from '../log/port.ts';
import type { RunRecord } from '../run-records.ts';
import type { LakeState, LakeStateProvider } from './lake-state.ts';
import { type LogState, readLogState } from './log-state.ts';
import type { PublishedMarts } from './marts.ts';
import {
  judgeLake,
  judgeLive,
  judgeLog,
  judgeMarts,
  judgeSink,
  judgeSources,
  judgeWarehouse,
} from './stages.ts';

const count = z.number().min(0);
const instant = z.string().describe('RFC 3339, UTC.');

export const stageState = z
  .object({
    name: z.enum(['sources', 'log', 'sink', 'lake', 'warehouse', 'marts', 'live']),
    status: z.enum(['ok', 'warn', 'fail', 'idle']),
    headline: z.string().describe('A few words.'),
    detail: z.string().describe('One sentence; empty when there is no more to say.'),
    counts: z.record(z.string(), z.number()),
    lag_seconds: z.number().optional(),
    at: instant.optional().describe('When the stage last did something.'),
  })
  .meta({ id: 'StageState' });

export const pipelineState = z
  .object({
    stages: z.array(stageState),
    topics: z.array(
      z.object({
        topic: z.string(),
        partitions: count,
        earliest: count.describe('Sum over the partitions, as for latest.'),
        latest: count,
        records: count.describe('Records that the log still holds.'),
      }),
    ),
    tables: z.array(
      z.object({
        table: z.string(),
        version: z.int(),
        rows: count,
        files: count,
        bytes: count,
        last_commit_at: instant.nullable(),
      }),
    ),
    dead_letters: z.object({
      total: count,
      by_code: z.array(z.object({ code: z.string(), field: z.string().nullable(), rows: count })),
    }),
    freshness: z.object({
      last_event_received_at: instant.nullable(),
      last_commit_at: instant.nullable(),
      mart_published_at: instant.nullable(),
    }),
  })
  .meta({ id: 'PipelineState', title: 'The state of every stage' });

export type StageState = z.infer<typeof stageState>;
export type PipelineState = z.infer<typeof pipelineState>;

export interface PipelineStateOptions {
  config: Pick<Config, 'flushMs' | 'refreshMs'>;
  log: EventLog;
  lakeState: LakeStateProvider;
  /** The newest run, if there was one. */
  lastRun: RunRecord | undefined;
  /** What the marts' pointer says; undefined before the first publish. */
  published: PublishedMarts | undefined;
  /** Why the newest marts can't be shown. */
  martsProblem?: string | undefined;
  /** Left out where no live view runs, as in the `status` command. */
  live?: LiveViewStatus | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Gathers the state of every stage. */
export async function collectPipelineState(options: PipelineStateOptions): Promise<PipelineState> {
  const { log, lakeState, published, now } = options;
  const lake = await attempt(lakeState);
  const inLog = await attempt(() => readLogState(log, lake.value?.tables));
  const stages = [
    judgeSources(inLog, now),
    judgeLog(inLog),
    judgeSink(inLog, lake, options),
    judgeLake(lake),
    judgeWarehouse(options.lastRun),
    judgeMarts(options, lake.value),
    judgeLive(options.live),
  ];
  return {
    stages,
    topics: topicsOf(inLog.value),
    tables: (lake.value?.tables ?? []).map(
      ({ lastCommitAt, table, version, rows, files, bytes }) => ({
        table,
        version,
        rows,
        files,
        bytes,
        last_commit_at: instantOf(lastCommitAt) ?? null,
      }),
    ),
    dead_letters: {
      total: (lake.value?.deadLetters ?? []).reduce((sum, { rows }) => sum + rows, 0),
      by_code: (lake.value?.deadLetters ?? []).map(({ code, field, rows }) => ({
        code,
        field,
        rows,
      })),
    },
    freshness: {
      last_event_received_at: instantOf(inLog.value?.lastReceivedAt) ?? null,
      last_commit_at: instantOf(lastCommit(lake.value)) ?? null,
      mart_published_at: published?.publishedAt ?? null,
    },
  };
}

/** An answer, or why there is none. */
export type Attempt<Value> =
  | { readonly value: Value; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

async function attempt<Value>(ask: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function topicsOf(state: LogState | undefined): PipelineState['topics'] {
  const topics = new Map<string, PipelineState['topics'][number]>();
  for (const { topic, earliest, latest } of state?.partitions ?? []) {
    const sum = topics.get(topic) ?? { topic, partitions: 0, earliest: 0, latest: 0, records: 0 };
    sum.partitions += 1;
    sum.earliest += earliest;
    sum.latest += latest;
    sum.records += latest - earliest;
    topics.set(topic, sum);
  }
  const order = [...eventTopics, 'dead_letters'] as string[];
  return [...topics.values()].sort((a, b) => order.indexOf(a.topic) - order.indexOf(b.topic));
}

/** When rows last reached the lake, ms since the epoch. */
export function lastCommit(lake: LakeState | undefined): number | undefined {
  const times = (lake?.tables ?? [])
    .filter(({ rows }) => rows > 0)
    .flatMap(({ lastCommitAt }) => lastCommitAt ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

export const instantOf = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
