import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessStore } from '../../src/access/index.ts';
import { withTextsHidden } from '../../src/serving/hidden-texts.ts';
import { twoBuilds } from './builds-fixture.ts';
import { now, startFixture } from './server-fixture.ts';

test('numbers, times and words of our own stay; any other text becomes a number of its column', () => {
  const columns = ['user_id', 'value', 'day', 'at', 'device', 'plays', 'ok', 'event_id'];
  const id = '01930002-0000-7000-8000-000000000001';
  const rows = [
    ['ana', 'Jóga', '2026-03-09', '2026-03-09T10:00:00.000Z', 'mobile', 3, true, id],
    ['ben', 'ana', '2026-03-09', '2026-03-09 10:00:00+00', 'car', 4, null, 'ana'],
    ['ana', 'Jóga', '2026-03-09', null, 'car', -1, false, '2026-03-09 ana'],
  ];
  const { rows: shown, hidden } = withTextsHidden(columns, rows);
  assert.deepEqual(hidden, ['user_id', 'value', 'event_id']);
  assert.deepEqual(shown[0]!.slice(0, 2), ['hidden 1', 'hidden 1']);
  assert.deepEqual(shown[1]!.slice(0, 2), ['hidden 2', 'hidden 2']);
  assert.deepEqual(shown[2]!.slice(0, 2), ['hidden 1', 'hidden 1']);
  assert.deepEqual(shown[0]!.slice(2), rows[0]!.slice(2));
  assert.doesNotMatch(JSON.stringify(shown), /ana|ben|Jóga/);
});

test('an operator sees how many rows a test found and by which SQL, and no text of them', async (t) => {
  let [operator, listener] = ['', ''];
  const server = await startFixture(async (config) => {
    await twoBuilds(config);
    const store = new AccessStore(config.access.directory, () => now);
    operator = store.createToken({ name: 'op', role: 'operator' }).text;
    listener = store.createToken({ name: 'ana', role: 'listener', user: 'ana' }).text;
    store.createToken({ name: 'me', role: 'owner' });
    store.close();
  });
  t.after(() => server.close());
  const ask = async (token: string) =>
    await fetch(`${server.server.url}/api/tests/unique_plays_event_id`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const { failure } = (await (await ask(operator)).json()) as { failure: Record<string, unknown> };
  assert.deepEqual(failure.rows, [['hidden 1', 2]]);
  assert.deepEqual(failure.hidden_columns, ['event_id']);
  assert.deepEqual([failure.failing_rows, failure.sql], [1, 'select event_id from twice']);
  assert.equal((await ask(listener)).status, 403);
});
