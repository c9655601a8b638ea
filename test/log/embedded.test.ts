import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EventLog, openLog } from '../../src/log/index.ts';
import { describeEventLog } from './contract.ts';

async function open(t: TestContext, clock = Date.now): Promise<EventLog> {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-log-'));
  const log = await openLog({ kind: 'file', directory }, { clock });
  t.after(async () => {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });
  return log;
}

describeEventLog('the embedded log', open);

test('retention lets go of old batches, counted from their arrival, and offsets go on', async (t) => {
  let now = Date.UTC(2025, 0, 1);
  const log = await open(t, () => now);
  const producer = await log.producer();
  await producer.send('starts', { key: null, value: 'old', timestamp: 0 });
  await producer.flush();
  now += 7 * 3_600_000;
  await producer.send('plays', { key: 'k', value: 'kept', timestamp: 0 });
  await producer.flush();
  assert.equal(await log.enforceRetention(), 1);
  const total = (await log.offsets(['starts'])).reduce((sum, range) => sum + range.latest, 0);
  assert.equal(total, 1);
  assert.ok((await log.offsets(['starts'])).every((range) => range.earliest === range.latest));
  assert.equal(
    (await log.offsets(['plays'])).reduce((sum, range) => sum + range.latest - range.earliest, 0),
    1,
  );
});

test('a file that is no log, and a folder that cannot be, are named in one sentence', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const { writeFile } = await import('node:fs/promises');
  await writeFile(
    join(directory, 'log.sqlite'),
    'this is no database, but long enough to be looked at'.repeat(40),
  );
  await assert.rejects(openLog({ kind: 'file', directory }), { code: 'TNA_LOG_CORRUPT' });
});
