import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { devices, maxDurationMs, sources } from '../../../contracts/index.ts';
import { EventBytes } from '../../../src/sources/history-import/event-bytes.ts';
import { nameHash, playHash, uuidOfHash } from '../../../src/sources/history-import/event-ids.ts';
import type { ExportedPlay } from '../../../src/sources/history-import/play.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  // Halves of surrogate pairs, which no UTF-8 can tell.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ minLength: 2000, maxLength: 5000 }),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const length = fc.integer({ min: 0, max: maxDurationMs });
const play: fc.Arbitrary<ExportedPlay> = fc.record({
  source: fc.constantFrom(...sources),
  trackId: text,
  track: text,
  artist: text,
  album: optional(text),
  startedAt: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
  listenedMs: length,
  trackDurationMs: optional(length),
  skipped: fc.boolean(),
  device: fc.constantFrom(...devices),
  country: optional(text),
  shuffle: optional(fc.boolean()),
  offline: optional(fc.boolean()),
  private: optional(fc.boolean()),
  reasonStart: optional(text),
  reasonEnd: optional(text),
});

test('events are the bytes that JSON.stringify makes of them', () => {
  fc.assert(
    fc.property(text, fc.array(play, { minLength: 1, maxLength: 5 }), (user, plays) => {
      // One writer for all of them: nothing of the last play may show in the next.
      const events = new EventBytes(user);
      for (const [index, one] of plays.entries()) {
        const [first, second, third] = ['a', 'b', 'c'].map((name) => nameHash(`${name}${index}`));
        const fields = {
          play_id: uuidOfHash(second!),
          user_id: user,
          track_id: one.trackId,
          track: one.track,
          artist: one.artist,
          album: one.album,
          timestamp: new Date(one.startedAt).toISOString(),
          duration: one.listenedMs,
          track_duration: one.trackDurationMs,
          skipped: one.skipped,
          device: one.device,
          source: one.source,
          country: one.country,
          shuffle: one.shuffle,
          offline: one.offline,
          private: one.private,
          reason_start: one.reasonStart,
          reason_end: one.reasonEnd,
        };
        const written = (id: string) =>
          Buffer.from(JSON.stringify({ event_id: uuidOfHash(id), ...fields }));
        assert.deepEqual(events.play(one, first!, second!), written(first!));
        assert.deepEqual(events.skip(third!), written(third!));
      }
    }),
  );
});

test('a play is named by its lines', () => {
  fc.assert(
    fc.property(text, play, fc.integer({ min: 0 }), (user, one, last) => {
      const lines = [one.source, user, one.trackId, one.startedAt, one.listenedMs, last];
      assert.equal(playHash('skips', user, one, last), nameHash(['skips', ...lines].join('\n')));
      assert.equal(playHash(undefined, user, one, last), nameHash(lines.join('\n')));
    }),
  );
});
