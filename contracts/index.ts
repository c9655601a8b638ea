/**
 * The contracts: one schema a topic, written once. Everything else that knows the
 * shape of an event (JSON Schema, AsyncAPI, lake columns, dbt sources) is generated
 * from here by `npm run generate`.
 */
import type { z } from 'zod';
import { deadLetters } from './dead-letters.ts';
import { likes } from './likes.ts';
import { plays } from './plays.ts';
import { skips } from './skips.ts';
import { starts } from './starts.ts';

export { devices, maxDurationMs, sources } from './event.ts';
export { deadLetters, likes, plays, skips, starts };

const hour = 3_600_000;

/** What a topic is: its schema, its partitions, how long the log keeps it, whether the lake keeps it. */
export interface TopicContract {
  readonly schema: z.ZodObject;
  readonly description: string;
  readonly partitions: number;
  /** Milliseconds that the log keeps a record, counted from its arrival. */
  readonly retentionMs: number;
  /** True when the sink stores the topic's records as a lake table of the same name. */
  readonly lake: boolean;
}

export const topics = {
  starts: {
    schema: starts,
    description: 'Playback began: the now-playing signal.',
    partitions: 4,
    retentionMs: 6 * hour,
    lake: false,
  },
  plays: {
    schema: plays,
    description: 'A finished listen, skipped or not.',
    partitions: 4,
    retentionMs: 7 * 24 * hour,
    lake: true,
  },
  skips: {
    schema: skips,
    description: 'The moment of skipping.',
    partitions: 4,
    retentionMs: 7 * 24 * hour,
    lake: true,
  },
  likes: {
    schema: likes,
    description: 'A like, or its withdrawal.',
    partitions: 4,
    retentionMs: 7 * 24 * hour,
    lake: true,
  },
  dead_letters: {
    schema: deadLetters,
    description: 'Records that broke their contract, whole, with the reason.',
    partitions: 1,
    retentionMs: 30 * 24 * hour,
    lake: false,
  },
} as const satisfies Record<string, TopicContract>;

export type TopicName = keyof typeof topics;
/** Topics that carry listening events. */
export type EventTopic = Exclude<TopicName, 'dead_letters'>;

export const eventTopics = ['starts', 'plays', 'skips', 'likes'] as const satisfies EventTopic[];
/** Event topics that the lake keeps as tables. */
export const lakeTopics = ['plays', 'skips', 'likes'] as const satisfies EventTopic[];

export type StartEvent = z.infer<typeof starts>;
export type PlayEvent = z.infer<typeof plays>;
export type SkipEvent = z.infer<typeof skips>;
export type LikeEvent = z.infer<typeof likes>;
export type ListeningEvent = StartEvent | PlayEvent | SkipEvent | LikeEvent;
export type DeadLetter = z.infer<typeof deadLetters>;
