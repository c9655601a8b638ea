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

test('a replay from the web app gives waiting letters a second try, and only from there', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  const { config, log, server } = fixture;
  const producer = await log.producer();
  const value = JSON.stringify(event('plays', 1, { device: 'fridge' }));
  await producer.send('plays', { key: 'user-1', value });
  await producer.flush();
  await drain(config, log, await openLake(config, Date.now));
  const replay = (headers: Record<string, string>, body: object = {}) =>
    fetch(`${server.url}/api/dead-letters/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  assert.equal((await replay({})).status, 403);
  assert.equal((await replay({ origin: 'http://elsewhere.example' })).status, 403);
  assert.equal((await replay({ origin: server.url }, { state: 'waiting' })).status, 400);
  const answer = await replay({ origin: server.url }, { code: 'TNA_CONTRACT_INVALID_VALUE' });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), {
    looked_at: 1,
    replayed: {},
    refused: { TNA_CONTRACT_INVALID_VALUE: 1 },
  });
  const none = await replay({ origin: server.url }, { topic: 'likes' });
  assert.deepEqual(await none.json(), { looked_at: 0, replayed: {}, refused: {} });
});
