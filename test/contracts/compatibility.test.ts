import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakingChanges } from '../../contracts/compatibility.ts';
import { generatedFiles } from '../../contracts/generate.ts';
import { schemaDocument } from '../../contracts/generate-json-schema.ts';

type Schema = Parameters<typeof breakingChanges>[0];
const released = schemaDocument('plays') as unknown as Schema;
const changed = (change: (schema: Schema) => void): string[] => {
  const next = structuredClone(released);
  change(next);
  return breakingChanges(released, next);
};

test('the same schema breaks nothing, nor does a new optional field or a new value', () => {
  assert.deepEqual(
    changed(() => undefined),
    [],
  );
  assert.deepEqual(
    changed((next) => {
      next.properties.mood = { type: 'string' };
    }),
    [],
  );
  assert.deepEqual(
    changed((next) => void next.properties.device!.enum!.push('fridge')),
    [],
  );
});

test('each kind of incompatible change is found', () => {
  const cases: [(schema: Schema) => void, RegExp][] = [
    [(next) => void delete next.properties.artist, /artist was removed/],
    [(next) => void next.required!.push('album'), /album became required/],
    [
      (next) => {
        next.required = next.required!.filter((name) => name !== 'artist');
      },
      /artist is no longer always there/,
    ],
    [
      (next) => {
        next.properties.duration!.type = 'string';
      },
      /type of duration/,
    ],
    [
      (next) => {
        next.properties.device!.enum = ['mobile'];
      },
      /value desktop of device was removed/,
    ],
    [
      (next) => {
        next.properties.duration!.minimum = 5;
      },
      /minimum of duration rose/,
    ],
    [
      (next) => {
        next.properties.duration!.maximum = 5;
      },
      /maximum of duration fell/,
    ],
    [
      (next) => {
        next.properties.country!.pattern = '^[A-Z]{3}$';
      },
      /pattern of country/,
    ],
    [
      (next) => {
        next.properties.track!.minLength = 2;
      },
      /minLength of track rose/,
    ],
  ];
  for (const [change, sentence] of cases) assert.match(changed(change).join('\n'), sentence);
});

test('the AsyncAPI document describes every topic, and every reference in it leads somewhere', () => {
  const file = generatedFiles().find((one) => one.path.endsWith('asyncapi.json'))!;
  const document = JSON.parse(file.content);
  assert.equal(document.asyncapi, '3.0.0');
  assert.deepEqual(Object.keys(document.channels), [
    'starts',
    'plays',
    'skips',
    'likes',
    'dead_letters',
  ]);
  for (const [, path] of file.content.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
    const found = path!.split('/').reduce((value, key) => value?.[key], document);
    assert.ok(found, `#/${path}`);
  }
});
