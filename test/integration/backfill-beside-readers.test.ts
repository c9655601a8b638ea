import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { openLake } from '../../src/lake/index.ts';
import { openQuery, readCurrentMarts } from '../../src/warehouse/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

/** Between two looks of a reader. */
const pauseMs = 50;

const cli = join(import.meta.dirname, '../../src/cli.ts');

test('thirty days are built anew while events come in, and readers see whole versions only', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const config = await temporaryConfig(t);
  const env = { ...process.env, TONEARM_DATA: config.dataDirectory };
  const start = (...args: string[]) =>
    spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = async (child: ChildProcess) => (await once(child, 'exit'))[0];
  const dayMs = 86_400_000;
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const date = (days: number) => new Date(today - days * dayMs).toISOString().slice(0, 10);
  const past = ['--from', date(30), '--to', date(0)];
  assert.equal(await ended(start('simulate', ...past, '--users', '10', '--tracks', '100')), 0);
  assert.equal(await ended(start('run')), 0);

  const before = await readCurrentMarts(config);
  const flowing = [start('simulate', '--live', '--rate', '40'), start('sink')];
  const stop = () =>
    Promise.all(flowing.map((child) => child.kill('SIGTERM') && once(child, 'exit')));
  t.after(stop);
  const lake = await openLake(config, Date.now);
  const seen = new Map<string, number>();
  const read = async () => {
    const marts = await readCurrentMarts(config);
    const session = await openQuery(config, lake, { marts: marts! });
    const { rows } = await session
      .query(
        `select (select sum(plays) from gold.daily_listening_stats)::integer as by_day,
           (select sum(plays) from gold.listener_tracks)::integer as by_track`,
      )
      .finally(() => session.close());
    const { by_day: byDay, by_track: byTrack } = rows[0] as Record<string, number>;
    assert.equal(byDay, byTrack);
    assert.equal(seen.get(marts!.version) ?? byDay, byDay);
    seen.set(marts!.version, byDay!);
  };
  const stored = async () => {
    await lake.refresh();
    return lake.files().reduce((sum, file) => sum + (file.table === 'plays' ? file.rows : 0), 0);
  };
  const atFirst = await stored();
  while ((await stored()) === atFirst) await read();
  let reads = 0;
  let code: number | null | undefined;
  const backfill = start('backfill', '--from', date(30), '--to', date(0));
  backfill.once('exit', (status) => {
    code = status;
  });
  while (code === undefined) {
    await read();
    reads += 1;
    await delay(pauseMs);
  }
  assert.equal(code, 0);
  await read();
  assert.ok(reads > 10, `${reads} reads`);
  assert.deepEqual([...seen.keys()][0], before!.version);
  assert.equal(seen.size, 2, 'one version before, one after');
  // It went on coming in: more is stored than the backfill has taken in.
  assert.ok((await stored()) > seen.get([...seen.keys()][1]!)!);
  // Before the folder is removed.
  await stop();
});
