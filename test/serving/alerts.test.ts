import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raiseAlert, resolveAlert } from '../../src/alerts/index.ts';
import { now, startFixture } from './server-fixture.ts';

test('alerts are shown worst first with their runbooks, and what is over beside them', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  const alert = { detail: '', since: new Date(now).toISOString(), runbook: 'lag-grows' };
  const raise = (key: string, severity: 'warning' | 'critical') =>
    raiseAlert(fixture.config, { ...alert, key, title: key, severity }, () => now);
  await raise('mild', 'warning');
  await raise('bad', 'critical');
  await raise('gone', 'critical');
  await resolveAlert(fixture.config, 'gone', () => now + 1000);
  const { json } = await fixture.get('/api/alerts');
  const { firing, resolved, channels, undelivered } = json as {
    firing: { key: string; runbook: string }[];
    resolved: { key: string; resolved_at: string }[];
    channels: string[];
    undelivered: number;
  };
  assert.deepEqual(
    firing.map(({ key }) => key),
    ['bad', 'mild'],
  );
  assert.equal(firing[0]?.runbook, 'docs/runbooks/lag-grows.md');
  assert.deepEqual(
    resolved.map(({ key, resolved_at }) => [key, resolved_at]),
    [['gone', new Date(now + 1000).toISOString()]],
  );
  assert.deepEqual([channels, undelivered], [[], 0]);
});
