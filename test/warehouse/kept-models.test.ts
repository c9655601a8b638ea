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
  assert.notEqual(readModels(path, { ...kept, pairs: 110 }), undefined);
  assert.equal(readModels(path, { ...kept, pairs: 111 }), undefined, 'too much came since');
  assert.equal(readModels(join(folder, 'none'), kept), undefined);
});

test('models of every kind come back as they were', () => {
  const factors = {
    factors: 2,
    alpha: 20,
    regularisation: 0.1 + 0.2,
    weighting: 'binary',
  } as const;
  const parts: ModelFile['models']['parts'] = [
    { kind: 'factors', ...factors, vectors: Float32Array.of(0.1, 2, 3e-9, -4) },
    { kind: 'linear', weighting: 'normalised', size: 1, weights: Float32Array.of(7) },
    {
      kind: 'listeners',
      weighting: 'log',
      size: 2,
      starts: Int32Array.of(0, 2),
      items: Int32Array.of(0, 1),
      values: Float32Array.of(1, 2),
      inverse: Float32Array.of(0.5),
      penalties: Float32Array.of(1, 2),
      diagonal: Float32Array.of(3, 4),
    },
  ];
  writeModels(path, { ...kept, models: { ...kept.models, parts } });
  assert.deepEqual(structuredClone(readModels(path, kept)!.models.parts), parts);
});

test('a file that is cut, damaged in one bit or no model at all counts as none', async () => {
  writeModels(path, kept);
  const whole = await readFile(path);
  for (const length of [0, 5, 60, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length));
    assert.equal(readModels(path, kept), undefined, String(length));
  }
  for (let place = 0; place < whole.length; place += 1) {
    const damaged = Buffer.from(whole);
    damaged[place]! ^= 1 << (place % 8);
    await writeFile(path, damaged);
    assert.equal(readModels(path, kept), undefined, `byte ${place}`);
  }
  await writeFile(path, 'a text that stands there for no reason');
  assert.equal(readModels(path, kept), undefined);
});
