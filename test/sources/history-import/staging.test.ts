import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { Staging } from '../../../src/sources/history-import/staging.ts';
import { folder } from './import-fixture.ts';

test('events come back whole and in order, also those larger than the buffer; no file has a name', async (t) => {
  const path = await folder(t, {});
  const staging = new Staging(path);
  t.after(() => staging.close());
  assert.deepEqual(await readdir(path), []);
  const sizes = [0, 1, 5000, 1 << 20, 3, 3 << 20, 17];
  const texts = [...sizes, ...sizes].map((size, index) => `${index}:${'é'.repeat(size)}`);
  for (const [index, text] of texts.entries())
    staging.add(index % 2 === 0 ? 'plays' : 'skips', Buffer.from(text));
  const events = [...staging.events()].map(({ topic, value }) => [topic, value.toString()]);
  assert.deepEqual(
    events,
    texts.map((text, index) => [index % 2 === 0 ? 'plays' : 'skips', text]),
  );
});

test('a place that cannot be written is said so', () => {
  assert.throws(() => new Staging('/proc/none'), { code: 'TNA_DATA_DIRECTORY_UNWRITABLE' });
});
