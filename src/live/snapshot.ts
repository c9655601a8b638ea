import { z } from 'zod';
import { devices } from '../../contracts/index.ts';

const count = z.int().min(0);
const listeners = count.describe('Different ones in the last 10 minutes; 64 stands for more.');
const instant = z.string().describe('RFC 3339, UTC.');

/** What the live view shows at one moment. The API answers with it as it is. */
export const liveSnapshot = z
  .object({
    now: instant,
    state: z
      .enum(['rebuilding', 'live', 'retrying'])
      .describe('rebuilding: reading the last hour; retrying: the log could not be read.'),
    lag_ms: count.describe(
      'How old the newest record was when it was processed; while behind, how old it is now.',
    ),
    behind_records: count.describe('Records in the log that are not processed yet.'),
    newest_record_at: instant.nullable().describe('When the log received the newest record.'),
    listeners_playing: count.describe('Everyone who plays now, private sessions included.'),
    private_listeners: count.describe('How many of them are in a private session.'),
    now_playing: z
      .array(
        z.object({
          user_id: z.string(),
          track_id: z.string(),
          track: z.string(),
          artist: z.string(),
          album: z.string().optional(),
          device: z.enum(devices),
          country: z.string().optional(),
          started_at: instant,
          track_duration: count.optional().describe('Milliseconds.'),
        }),
      )
      .describe(
        'At most 40, newest first, nobody in a private session. Where many play, a sample: up to two join it a second, and each stays until it ends or is pushed out.',
      ),
    per_minute: z
      .array(z.object({ minute: instant, starts: count, plays: count, skips: count, likes: count }))
      .describe('60 minutes by time of receipt, oldest first; the last one is not over.'),
    rates: z.object({
      events_per_second: z.number().describe('Over the last 10 whole seconds.'),
      plays_per_minute: z.number().describe('Over the last 59 whole seconds, scaled to 60.'),
    }),
    top_tracks: z.array(
      z.object({
        track_id: z.string(),
        track: z.string(),
        artist: z.string(),
        starts: count,
        listeners,
      }),
    ),
    top_artists: z.array(z.object({ artist: z.string(), starts: count, listeners })),
    trending: z
      .array(
        z.object({
          track_id: z.string(),
          track: z.string(),
          artist: z.string(),
          starts: count.describe('In the last 10 minutes.'),
          listeners,
          usual: z.number().describe('In as many minutes of the hour before, on average.'),
          ratio: z.number().describe('starts ÷ usual, with usual taken as at least 1.'),
        }),
      )
      .describe('Tracks started at least twice as often as in the hour before.'),
    skip_rate: z
      .number()
      .nullable()
      .describe('Skipped plays ÷ plays of the last 10 minutes; null without plays.'),
    devices: z.array(z.object({ device: z.enum(devices), listeners: count })),
    countries: z
      .array(z.object({ country: z.string(), listeners: count }))
      .describe('At most 60, most listeners first.'),
    imported_recently: count.describe(
      'Events received in the last hour whose playback ended more than an hour before: not live.',
    ),
    invalid: count.describe('Records that broke their contract, since this view started.'),
  })
  .meta({ id: 'LiveSnapshot', title: 'What is happening now' });

export type LiveSnapshot = z.infer<typeof liveSnapshot>;
