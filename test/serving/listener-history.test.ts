import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { generateMarts } from '../../bench/generated-marts.ts';
import { dayNumber, dayText } from '../../src/serving/calendar-days.ts';
import { artistRace, listenerDiscovery } from '../../src/serving/discovery-queries.ts';
import { habits, playsOfDay } from '../../src/serving/habit-queries.ts';
import { recentTexts } from '../../src/serving/keyed-rows.ts';
import { compareBytes } from '../../src/serving/listener-history.ts';
import { Marts } from '../../src/serving/marts.ts';
import { listeningClock, topItems, topKinds } from '../../src/serving/trend-queries.ts';
import { wrapped, wrappedPeriods } from '../../src/serving/wrapped-queries.ts';
import {
  clockBySql,
  discoveryBySql,
  habitsBySql,
  periodsBySql,
  playsOfDayBySql,
  raceBySql,
  topBySql,
  wrappedBySql,
} from './listener-answers-by-sql.ts';

test('texts are ordered by their bytes', () => {
  const text = fc
    .array(fc.constantFrom('a', 'Z', 'é', '\u{ffef}', '\u{e000}', '🎵', '𝄞', ''))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const expected = Buffer.compare(Buffer.from(one), Buffer.from(other));
      assert.equal(Math.sign(compareBytes(one, other)), expected);
    }),
  );
});

test('histories that were read last are kept, up to a number of characters; one that failed is read again', async () => {
  const histories = recentTexts(13);
  const reads: string[] = [];
  const ask = (user: string, length: number) =>
    histories.get(user, async () => {
      reads.push(user);
      if (length < 0) throw new Error('lost');
      return 'x'.repeat(length);
    });
  const both = await Promise.all([ask('a', 4), ask('a', 4)]);
  assert.equal(both[0], both[1]);
  await ask('b', 4);
  await ask('a', 4);
  await ask('c', 3);
  await ask('a', 4);
  await ask('b', 4);
  assert.deepEqual(reads, ['a', 'b', 'c', 'b']);
  await ask('more than all', 50);
  assert.equal(histories.size, 0);
  await assert.rejects(ask('d', -1), /lost/);
  await ask('d', 1);
  assert.equal(reads.filter((user) => user === 'd').length, 2);
});

const days = 200;
const firstDay = dayNumber('2025-01-01');

describe('answers about one listener are those of SQL over the files', () => {
  let directory: string;
  let marts: Marts;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tonearm-history-'));
    await generateMarts(directory, { plays: 20_000, listeners: 30, tracks: 700, days });
    const version = '20260101T000000000Z';
    marts = await Marts.load({ version, publishedAt: '', directory: join(directory, version) });
  });
  after(async () => {
    marts.retire();
    await rm(directory, { recursive: true });
  });

  // The last of them has never played.
  const user = fc.integer({ min: 0, max: 30 }).map((place) => `listener-${place}`);
  const range = fc
    .tuple(fc.integer({ min: -20, max: days + 20 }), fc.integer({ min: 0, max: days }))
    .map(([start, length]) => ({
      from: dayText(firstDay + start),
      to: dayText(firstDay + start + length),
    }));
  const runs = { numRuns: 40 };

  test('top lists, clock, race and plays of a day', async () => {
    const order = fc.constantFrom('streams', 'time', 'skips', 'skip_rate');
    await fc.assert(
      fc.asyncProperty(
        user,
        range,
        fc.constantFrom(...topKinds),
        order,
        async (user, range, kind, order) => {
          assert.deepEqual(
            await topItems(marts, { kind, user, range, order, limit: 30 }),
            await topBySql(marts, kind, user, range, order, 30),
          );
          const cells = await listeningClock(marts, user, range);
          assert.deepEqual(
            cells.filter(({ plays }) => plays > 0),
            await clockBySql(marts, user, range),
          );
          assert.deepEqual(
            await artistRace(marts, user, range),
            await raceBySql(marts, user, range),
          );
          assert.deepEqual(
            await playsOfDay(marts, user, range.from),
            await playsOfDayBySql(marts, user, range.from),
          );
        },
      ),
      runs,
    );
  });

  test('discovery and habits', async () => {
    await fc.assert(
      fc.asyncProperty(user, range, async (user, range) => {
        const { steps, ...rest } = await listenerDiscovery(marts, user, range);
        const expected = await discoveryBySql(marts, user, range);
        const diversities = (given: unknown) =>
          ((given ?? []) as { diversity: number }[]).map(({ diversity }) => diversity);
        for (const [place, diversity] of diversities(expected?.steps).entries())
          assert.ok(Math.abs(steps[place]!.diversity - diversity) < 0.011);
        const exact = (given: unknown) =>
          ((given ?? []) as object[]).map((step) => ({ ...step, diversity: 0 }));
        assert.deepEqual(exact(steps), exact(expected?.steps));
        assert.deepEqual(rest, {
          found: expected?.found ?? [],
          forgotten: expected?.forgotten ?? [],
          first: expected?.first ?? null,
          last: expected?.last ?? null,
        });
        const counted = await habitsBySql(marts, user, range);
        assert.deepEqual(await habits(marts, user, range), {
          devices: counted?.devices ?? [],
          skipped_at: counted?.skipped_at ?? [],
          plays: counted?.plays ?? 0,
          session_lengths: counted?.session_lengths ?? [],
        });
      }),
      runs,
    );
  });

  test('Wrapped and its periods', async () => {
    await fc.assert(
      fc.asyncProperty(user, range, async (user, { from, to }) => {
        assert.deepEqual(
          await wrapped(marts, user, from, to),
          await wrappedBySql(marts, user, from, to),
        );
        assert.deepEqual(await wrappedPeriods(marts, user), await periodsBySql(marts, user));
      }),
      runs,
    );
  });
});
