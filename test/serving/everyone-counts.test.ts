import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { generateMarts } from '../../bench/generated-marts.ts';
import { dayNumber, dayText, nextStart, startOf } from '../../src/serving/calendar-days.ts';
import { artistRace, sharedDiscovery, unitOf } from '../../src/serving/discovery-queries.ts';
import { habits } from '../../src/serving/habit-queries.ts';
import { countRows, firstOf, ItemCounts } from '../../src/serving/item-counts.ts';
import { Marts } from '../../src/serving/marts.ts';
import {
  comparedItems,
  daysBefore,
  leastPlays,
  listeningClock,
  topItems,
  topKinds,
  topOrders,
} from '../../src/serving/trend-queries.ts';

test('weeks begin on Monday and months on the first, also before 1970', () => {
  const starts = (day: string) =>
    (['day', 'week', 'month'] as const).map((unit) => [
      dayText(startOf(dayNumber(day), unit)),
      dayText(nextStart(dayNumber(day), unit)),
    ]);
  assert.deepEqual(starts('2025-03-05'), [
    ['2025-03-05', '2025-03-06'],
    ['2025-03-03', '2025-03-10'],
    ['2025-03-01', '2025-04-01'],
  ]);
  assert.deepEqual(starts('1969-12-31').slice(1), [
    ['1969-12-29', '1970-01-05'],
    ['1969-12-01', '1970-01-01'],
  ]);
  assert.deepEqual(starts('2024-02-29')[2], ['2024-02-01', '2024-03-01']);
});

test('the first in an order are those of all items in that order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 12 }), (values, limit) => {
      const items = [...values.keys()];
      const order = (one: number, other: number) => values[one]! - values[other]! || one - other;
      assert.deepEqual(firstOf(items, limit, order), items.toSorted(order).slice(0, limit));
    }),
  );
});

test('sums and ends of any range are those of its days', async () => {
  const row = fc.record({
    day: fc.integer({ min: -40, max: 120 }),
    item: fc.nat(4),
    plays: fc.integer({ min: 1, max: 9 }),
    listeners: fc.integer({ min: 1, max: 5 }),
  });
  const one = ({ day, item }: { day: number; item: number }) => `${day} ${item}`;
  const day = fc.integer({ min: -60, max: 140 });
  const rows = fc.uniqueArray(row, { selector: one, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(
      rows,
      day,
      day,
      fc.integer({ min: 1, max: 5 }),
      async (days, from, to, group) => {
        const columns = countRows(days.length);
        for (const [place, { day, item, plays, listeners }] of days.entries()) {
          columns.day[place] = day;
          columns.item[place] = item;
          columns.plays[place] = plays;
          columns.listeners[place] = listeners;
          columns.msPlayed[place] = plays * 1e10;
        }
        const counts = await ItemCounts.of(['a', 'b', 'c', 'd', 'e'], columns);
        for (const range of [
          { from, to },
          { from: Number.NEGATIVE_INFINITY, to },
          { from, to: Number.POSITIVE_INFINITY },
        ]) {
          const sums = counts.sumsOf(range);
          for (let item = 0; item < 5; item += 1) {
            const own = days.filter(
              (one) => one.item === item && one.day >= range.from && one.day <= range.to,
            );
            const plays = own.reduce((sum, one) => sum + one.plays, 0);
            assert.equal(sums.has(item), own.length > 0);
            assert.deepEqual(
              [sums.plays[item], sums.msPlayed[item], sums.listeners[item]],
              [plays, plays * 1e10, Math.max(0, ...own.map((one) => one.listeners))],
            );
            const large = own.filter((one) => one.listeners >= group).map((one) => one.day);
            assert.deepEqual(
              counts.endsOf([0, 1, 2, 3, 4], range, group).get(item),
              large.length === 0 ? undefined : { from: Math.min(...large), to: Math.max(...large) },
            );
          }
        }
      },
    ),
  );
});

const days = 200;
const firstDay = dayNumber('2025-01-01');
const last = dayText(firstDay + days - 1);

describe('answers about everyone', () => {
  let directory: string;
  let marts: Marts;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tonearm-counts-'));
    await generateMarts(directory, { plays: 30_000, listeners: 60, tracks: 900, days });
    const version = '20260101T000000000Z';
    marts = await Marts.load({ version, publishedAt: '', directory: join(directory, version) });
  });
  after(async () => {
    marts.retire();
    await rm(directory, { recursive: true });
  });

  const range = fc
    .tuple(fc.integer({ min: -20, max: days + 20 }), fc.integer({ min: 0, max: days }))
    .map(([start, length]) => ({
      from: dayText(firstDay + start),
      to: dayText(firstDay + start + length),
    }));
  const group = fc.constantFrom(1, 1, 2, 4);
  const runs = { numRuns: 30 };
  const sources = {
    tracks: `select period_start as day, track_id as id, * from gold.track_charts where period = 'day'`,
    artists: 'select artist as id, * from gold.artist_popularity',
    albums: `select item as id, name as album, * from gold.daily_breakdown where kind = 'album'`,
    genres: `select item as id, * from gold.daily_breakdown where kind = 'genre'`,
  };
  const names = {
    tracks: 'any_value(track) as track, any_value(artist) as artist,',
    artists: 'any_value(artist) as artist,',
    albums: 'any_value(album) as album, any_value(artist) as artist,',
    genres: '',
  };

  test('tops are the sums of the daily tables', async () => {
    const options = fc.record({
      kind: fc.constantFrom(...topKinds),
      order: fc.constantFrom('streams', 'time', 'skips', 'skip_rate'),
      limit: fc.integer({ min: 1, max: 60 }),
      range,
      group,
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ kind, order, limit, range, group }) => {
        const question = { kind, order, limit, user: undefined, range, smallestGroup: group };
        const expected = (asked: { from: string; to: string }, limit: number) =>
          marts.query<{ id: string; rank: number; previous_rank?: number | null }>(
            `with sums as (
               select id, ${names[kind]} sum(plays)::bigint as plays, sum(streams)::bigint as streams,
                 sum(ms_played)::bigint as ms_played, sum(skips) / sum(plays)::double as skip_rate, sum(skips) as skips
                 ${asked.from === asked.to ? ', max(listeners)::integer as listeners' : ''},
                 (min(day) filter (listeners >= $group))::timestamptz as first_played_at,
                 (max(day) filter (listeners >= $group))::timestamptz as last_played_at
               from (${sources[kind]}) where day between $from::date and $to::date
               group by id having max(listeners) >= $group and sum(plays) >= $least
             )
             select row_number() over (order by ${topOrders[order]})::integer as rank, * exclude (skips)
             from sums order by rank limit $limit`,
            { ...asked, group, limit, least: leastPlays(order) },
          );
        const items = await expected(range, limit);
        assert.deepEqual(await topItems(marts, question), items);
        const earlier = await expected(daysBefore(range), 500);
        const places = new Map(earlier.map(({ id, rank }) => [id, rank]));
        assert.deepEqual(
          await comparedItems(marts, question),
          items.map((item) => ({ ...item, previous_rank: places.get(item.id) ?? null })),
        );
      }),
      runs,
    );
  });

  test('variety, finds and the race are those of the daily tables', async () => {
    await fc.assert(
      fc.asyncProperty(range, group, async (range, group) => {
        const unit = unitOf(range);
        const { steps, found, forgotten } = await sharedDiscovery(marts, range, group);
        const expected = await marts.query<{ diversity: number }>(
          `with sums as (
             select date_trunc('${unit}', day)::date as start, artist, sum(streams) as streams
             from gold.artist_popularity where day between $from::date and $to::date
             group by all having max(listeners) >= $group and sum(streams) > 0
           ),
           firsts as (
             select date_trunc('${unit}', day)::date as start, sum(pairs)::bigint as pairs from (
               select day, count(*) as pairs from gold.discovery where not is_private
                 and day between $from::date and $to::date
               group by day having count(distinct user_id) >= $group
             ) group by start
           ),
           new as (
             select greatest(date_trunc('${unit}', day)::date, $from::date) as start, day, user_id, artist_key, is_stream
             from gold.listener_plays where not is_private and day between $from::date and $to::date
           ),
           fresh as (
             select date_trunc('${unit}', start)::date as start, sum(streams)::bigint as fresh from (
               select start, count(*) filter (is_stream) as streams
               from new join gold.discovery first using (user_id, artist_key)
               where not first.is_private and first.day >= start
               group by start, new.day, first.day having count(distinct user_id) >= $group
             ) group by all
           )
           select start::varchar as start, sum(streams)::bigint as streams, count(*) as artists,
             coalesce(any_value(pairs), 0) as new_artists,
             least(coalesce(any_value(fresh), 0), sum(streams))::bigint as new_streams,
             round(exp(ln(sum(streams)) - sum(streams * ln(streams)) / sum(streams)), 2) as diversity
           from sums left join firsts using (start) left join fresh using (start) group by start order by start`,
          { ...range, group },
        );
        for (const [place, { diversity }] of expected.entries()) {
          assert.ok(Math.abs(steps[place]!.diversity - diversity) < 0.011);
        }
        const exact = (rows: object[]) => rows.map((row) => ({ ...row, diversity: 0 }));
        assert.deepEqual(exact(steps), exact(expected));
        const heard = await marts.query(
          `select artist, null as track, min(day)::timestamptz as first_played_at,
             sum(streams)::bigint as streams, sum(ms_played)::bigint as ms_played
           from gold.artist_popularity where listeners >= $group
           group by artist having min(day) between $from::date and $to::date and sum(streams) > 0
           order by streams desc, ms_played desc, artist limit 20`,
          { ...range, group },
        );
        assert.deepEqual(found, heard);
        const unheard = await marts.query(
          `select track_id, any_value(track) as track, any_value(artist) as artist,
             sum(streams)::bigint as streams, max(period_start)::timestamptz as last_played_at
           from gold.track_charts where period = 'day' and listeners >= $group
           group by track_id having sum(streams) >= 5 and max(period_start) < $last::date - 90
           order by streams desc, last_played_at, track_id limit 20`,
          { group, last },
        );
        assert.deepEqual(forgotten, unheard);
        const race = await marts.query(
          `with plays as (
             from gold.artist_popularity where day between $from::date and $to::date
           ),
           first as (
             select artist from plays group by artist having max(listeners) >= $group
             order by sum(streams) desc, artist limit 10
           )
           select strftime(day, '%Y-%m') as month, artist, sum(streams)::bigint as streams
           from plays where artist in (from first) group by all order by month, streams desc, artist`,
          { ...range, group },
        );
        assert.deepEqual(await artistRace(marts, undefined, range, group), race);
      }),
      runs,
    );
  });

  test('of a long range some streams of each step are new, and most are not', async () => {
    const { steps } = await sharedDiscovery(marts, { from: dayText(firstDay), to: last });
    assert.equal(steps.length, 7);
    for (const { start, streams, new_streams } of steps) {
      assert.ok(
        0 < new_streams! && new_streams! < streams,
        `${start}: ${new_streams} of ${streams}`,
      );
    }
  });

  test('devices, skips and hours are those of the daily table', async () => {
    await fc.assert(
      fc.asyncProperty(range, group, async (range, group) => {
        const part = (kind: string, columns: string, rest: string) =>
          marts.query<Record<string, number>>(
            `select ${columns}, sum(plays)::bigint as plays, sum(ms_played)::bigint as ms_played
             from gold.daily_breakdown where kind = '${kind}' and day between $from::date and $to::date
             group by all having max(listeners) >= $group ${rest}`,
            { ...range, group },
          );
        const { devices, skipped_at } = await habits(marts, undefined, range, group);
        assert.deepEqual(
          devices,
          await part('device', 'item as device', 'order by ms_played desc, device'),
        );
        const skips = await part('skipped_at', 'item::integer as second', 'order by second');
        assert.deepEqual(
          skipped_at,
          skips.map(({ second, plays }) => ({ second, skips: plays })),
        );
        const hours = await part(
          'hour',
          'isodow(day)::integer as weekday, item::integer as hour',
          'order by weekday, hour',
        );
        const cells = await listeningClock(marts, undefined, range, group);
        assert.deepEqual(
          cells.filter(({ plays }) => plays > 0),
          hours,
        );
      }),
      runs,
    );
  });
});
