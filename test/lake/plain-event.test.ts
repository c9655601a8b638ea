import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventTopics, lakeTopics, topics } from '../../contracts/index.ts';
import { contractColumns } from '../../contracts/lake-columns.ts';
import { findBreach } from '../../src/lake/contract-breach.ts';
import { PlainEventScanner } from '../../src/lake/plain-event.ts';
import { simulateHistory } from '../../src/sources/simulator/index.ts';
import { collect } from '../sources/simulator/collected-records.ts';
import { event } from './lake-fixture.ts';

const plays = contractColumns(topics.plays.schema);

/** Values as the scanner found them, by column. */
function found(scanner: PlainEventScanner, bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    plays.flatMap((column, index) => {
      const end = scanner.ends[index]!;
      const value = bytes.subarray(scanner.starts[index]!, end);
      return end === 0 ? [] : [[column.name, Buffer.from(value).toString()]];
    }),
  );
}

function assertSound(scanner: PlainEventScanner, bytes: Uint8Array): boolean {
  if (!scanner.scan(bytes)) return false;
  const text = Buffer.from(bytes).toString();
  assert.equal(findBreach('plays', bytes), undefined, text);
  const expected = Object.entries(JSON.parse(text)).map(([name, value]) => [name, String(value)]);
  assert.deepEqual(found(scanner, bytes), Object.fromEntries(expected));
  return true;
}

test('every event of the simulator is plain, save those with escapes', async () => {
  const { records, output } = collect();
  await simulateHistory({ seed: 3, users: 200, tracks: 300, events: 5000 }, output);
  for (const topic of eventTopics) {
    const scanner = new PlainEventScanner(topic);
    for (const record of records.filter((one) => one.topic === topic)) {
      assert.equal(scanner.scan(record.bytes), !record.text.includes('\\'), record.text);
    }
  }
});

test('an event without one of its required fields is not plain', () => {
  for (const topic of lakeTopics) {
    const scanner = new PlainEventScanner(topic);
    const whole = event(topic, 1);
    assert.ok(scanner.scan(Buffer.from(JSON.stringify(whole))));
    for (const name of Object.keys(whole)) {
      const part = Buffer.from(JSON.stringify({ ...whole, [name]: undefined }));
      assert.equal(scanner.scan(part), findBreach(topic, part) === undefined, name);
    }
  }
});

test('a field that comes twice, is unknown or null is left to the careful path', () => {
  const scanner = new PlainEventScanner('plays');
  const text = JSON.stringify(event('plays', 1));
  for (const more of ['"device":"car"', '"mood":"calm"', '"album":null', '"album":""']) {
    assert.equal(scanner.scan(Buffer.from(`${text.slice(0, -1)},${more}}`)), false, more);
  }
});

test('whatever field changes, a plain event keeps the contract and its values are those of the JSON', () => {
  const scanner = new PlainEventScanner('plays');
  let plain = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...plays.map((column) => column.name)),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.nat(90_000_000),
        fc.double(),
        fc.boolean(),
        fc.constantFrom('SE', 'car', '1', '2024-02-29T00:00:00.000Z', '2025-04-31T00:00:00.000Z'),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.uuid(),
      ),
      (name, value) => {
        const bytes = Buffer.from(JSON.stringify({ ...event('plays', 1), [name]: value }));
        if (assertSound(scanner, bytes)) plain += 1;
      },
    ),
    { numRuns: 5000 },
  );
  assert.ok(plain > 500, `${plain} of 5000 were plain: the test tells little`);
});

test('whatever bytes change, a plain event keeps the contract and its values are those of the JSON', () => {
  const scanner = new PlainEventScanner('plays');
  const whole = Buffer.from(
    JSON.stringify(event('plays', 1, { country: 'SE', shuffle: true, track_duration: 181_000 })),
  );
  let plain = 0;
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.nat(whole.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(...whole))),
        {
          minLength: 1,
          maxLength: 2,
        },
      ),
      (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        if (assertSound(scanner, bytes)) plain += 1;
      },
    ),
    { numRuns: 20_000 },
  );
  assert.ok(plain > 500, `${plain} of 20000 were plain: the test tells little`);
});

test('a part of an event is not plain, wherever it is cut', () => {
  const scanner = new PlainEventScanner('plays');
  const whole = Buffer.from(JSON.stringify(event('plays', 1)));
  for (let length = 0; length < whole.length - 1; length += 1) {
    assert.equal(scanner.scan(whole.subarray(0, length)), false);
    assert.equal(scanner.scan(Buffer.concat([whole.subarray(0, length), Buffer.from('}')])), false);
  }
});
