import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import { publishMarts } from './marts-fixture.ts';
import { startFixture } from './server-fixture.ts';

const version = '20260310T110000000Z';

test('the volume of a topic comes by the hour, with the unusual hours of all topics', async (t) => {
  const fixture = await startFixture(async ({ martsDirectory }) => {
    const days = [{ user: 'ana', day: '2026-03-09', plays: 3 }];
    await publishMarts(martsDirectory, version, '2026-03-10T11:00:00.000Z', days);
    const { connection, close } = await openDuckDb();
    await connection.run(`copy (
      select topic, timestamptz '2026-03-01 00:00:00+00' + hour * interval 1 hour as hour,
        100::bigint as actual, 100.0::double as expected, 80.0::double as expected_low,
        120.0::double as expected_high, 0.0::double as score, 4::bigint as weeks,
        case when topic = 'likes' and hour = 200 then 'high' else 'usual' end as state
      from range(240) as hours(hour), (values ('plays'), ('likes')) as topics(topic)
    ) to ${literal(join(martsDirectory, version, 'volume_anomalies.parquet'))} (format parquet)`);
    close();
  });
  t.after(() => fixture.close());
  const { hours, anomalies } = (await fixture.get('/api/volume?days=7')).json as {
    hours: { hour: string; actual: number; expected_low: number }[];
    anomalies: object[];
  };
  assert.equal(hours.length, 168);
  assert.equal(hours[0]?.hour, '2026-03-04T00:00:00.000Z');
  assert.equal(hours.at(-1)?.expected_low, 80);
  assert.deepEqual(anomalies, [
    { topic: 'likes', hour: '2026-03-09T08:00:00.000Z', state: 'high' },
  ]);
  assert.equal((await fixture.get('/api/volume?topic=starts')).status, 400);
});

test('before the first publish, and with marts that lack it, there is no volume', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  assert.deepEqual((await fixture.get('/api/volume')).json, { hours: [], anomalies: [] });
});

test('accounts that are polled are told with their gaps', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  const { spotify } = (await fixture.get('/api/sources')).json as {
    spotify: { user: string; gaps: object[] }[];
  };
  assert.equal(spotify[0]?.user, 'ana');
  assert.equal(spotify[0]?.gaps.length, 1);
});
