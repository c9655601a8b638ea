import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';

const cli = join(import.meta.dirname, '../../src/cli.ts');

async function workspace(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-forget-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const env = { ...process.env, TONEARM_DATA: data };
  const tonearm = (...args: string[]) => {
    const done = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env });
    const last = done.stdout.trim().split('\n').at(-1) ?? '';
    return { code: done.status, stderr: done.stderr, json: () => JSON.parse(last) };
  };
  return { data, env, tonearm };
}

test('forget by the command line: refused without --yes, killed at any moment and done again, built anew', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { data, env, tonearm } = await workspace(t);
  const simulate = () =>
    tonearm('simulate', '--events', '2000', '--users', '60', '--seed', '5', '--malformed', '0.02');
  simulate();
  const ran = tonearm('run', '--json');
  assert.equal(ran.code, 0, ran.stderr);
  const first =
    'select user_id, count(*) as n from gold.daily_listening_stats group by all order by n desc, user_id limit 2';
  const [{ user_id: user }, { user_id: other }] = tonearm('query', first, '--json').json();
  const plays = (name: string) =>
    tonearm(
      'query',
      `select count(*) as n from silver.plays where user_id = '${name}'`,
      '--json',
    ).json()[0].n;
  const totalOf = () =>
    tonearm('query', 'select sum(plays) as n from gold.daily_listening_stats', '--json').json()[0]
      .n;
  const [mine, others, total] = [plays(user), plays(other), totalOf()];

  const refused = tonearm('forget', user, '--json');
  assert.equal(refused.code, 2);
  assert.match(refused.json().error.message, /cannot be undone/);
  const dry = tonearm('forget', user, '--dry-run', '--json').json();
  const stores = dry.found.map(({ store }: { store: string }) => store);
  for (const store of ['log', 'lake', 'warehouse', 'marts'])
    assert.ok(stores.includes(store), store);

  // Killed in the middle, later each time: nothing of it may keep the next attempt from ending well.
  for (const ms of [1500, 4000]) {
    const child = spawn(process.execPath, [cli, 'forget', user, '--yes', '--json'], {
      env,
      stdio: 'ignore',
    });
    await delay(ms);
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const done = tonearm('forget', user, '--yes', '--json');
  assert.ok(done.code === 0 || done.code === 99, done.stderr);
  const report = done.json();
  for (const { store, hits, where } of report.proof) assert.equal(hits, 0, `${store}: ${where}`);
  if (done.code === 99) assert.equal(tonearm('run', '--full-refresh', '--json').code, 0);
  assert.equal(plays(user), 0);
  assert.equal(plays(other), others);
  assert.equal(totalOf(), total - mine);

  // The same simulation again is a replay of everything that was: it brings nobody back.
  simulate();
  tonearm('sink', '--until-idle');
  assert.equal(tonearm('forget', user, '--dry-run', '--json').code, 99);
  const names = await readdir(data, { recursive: true, withFileTypes: true });
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    const found = new RegExp(`(?<![\\w-])${user}(?![\\w-])`).test(bytes.toString('latin1'));
    assert.equal(found, false, entry.name);
  }
});
