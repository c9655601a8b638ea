import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ModelFile, readModels, writeModels } from '../../src/warehouse/kept-models.ts';

const folder = await mkdtemp(join(tmpdir(), 'tonearm-models-'));
after(() => rm(folder, { recursive: true, force: true }));
const path = join(folder, 'models.bin');
const kept: ModelFile = {
  chosenAt: 1_750_000_000_000,
  pairs: 100,
  parts: [{ method: { name: 'popularity' }, weight: 1 }],
  tracks: ['a', 'b\n\u00e9', 'c'],
  models: {
    parts: [{ kind: 'popularity', counts: Int32Array.of(3, 2, 1) }],
    reasons: {
      kind: 'neighbours',
      weighting: 'log',
      starts: Int32Array.of(0, 1, 1, 2),
      items: Int32Array.of(1, 0),
      values: Float32Array.of(0.5, 0.25),
    },
  },
};

test('models that were kept are read back for their choice, and for no other', () => {
  writeModels(path, kept);
  const read = readModels(path, kept)!;
  assert.deepEqual(read.tracks, kept.tracks);
  assert.deepEqual(structuredClone(read.models), kept.models);
  assert.equal(readModels(path, { ...kept, chosenAt: 1 }), undefined);
  assert.equal(readModels(path, { ...kept, parts: [] }), undefined);
  assert.equal(readModels(join(folder, 'none'), kept), undefined);
});

test('a file that is cut or no model at all counts as none', async () => {
  writeModels(path, kept);
  const whole = await readFile(path);
  for (const length of [0, 5, 60, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length));
    assert.equal(readModels(path, kept), undefined, String(length));
  }
  await writeFile(path, 'a text that stands there for no reason');
  assert.equal(readModels(path, kept), undefined);
});
