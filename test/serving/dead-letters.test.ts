import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLake } from '../../src/lake/index.ts';
import { drain, event } from '../lake/lake-fixture.ts';
import { startFixture } from './server-fixture.ts';

test('refused records are counted and listed without what they hold', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  const { config, log } = fixture;
  assert.deepEqual((await fixture.get('/api/dead-letters')).json, { reasons: [], letters: [] });
  const producer = await log.producer();
  await producer.send('plays', {
    key: 'user-1',
    value: JSON.stringify(event('plays', 1, { device: 'fridge' })),
  });
  await producer.send('likes', { key: 'user-1', value: 'secret words' });
  await producer.flush();
  await drain(config, log, await openLake(config, Date.now));
  const { text, json } = await fixture.get('/api/dead-letters?topic=plays&state=waiting');
  const { reasons, letters } = json as {
    reasons: { code: string; waiting: number }[];
    letters: Record<string, unknown>[];
  };
  assert.deepEqual(
    reasons.map((reason) => [reason.code, reason.waiting]),
    [['TNA_CONTRACT_INVALID_VALUE', 1]],
  );
  assert.equal(letters[0]?.field, 'device');
  assert.equal(letters[0]?.replayed_at, null);
  assert.doesNotMatch(text, /fridge|user-1/);
  assert.doesNotMatch((await fixture.get('/api/dead-letters')).text, /secret/);
  assert.equal((await fixture.get('/api/dead-letters?topic=songs')).status, 400);
  assert.equal((await fixture.get('/api/dead-letters?from=yesterday')).status, 400);
});
