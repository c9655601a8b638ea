import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, Partitioner } from '../../src/log/partitioner.ts';

test('murmur2 gives the values of Kafka’s own test', () => {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2
  const cases: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of cases) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

test('a key always has the same partition, and records without one are spread', () => {
  const partitioner = new Partitioner(4);
  assert.equal(partitioner.partition('ana'), new Partitioner(4).partition('ana'));
  const spread = new Set(Array.from({ length: 8 }, () => partitioner.partition(null)));
  assert.equal(spread.size, 4);
});
