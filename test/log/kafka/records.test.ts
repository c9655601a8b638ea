import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, readRecordsBatches } from '@platformatic/kafka';
import fc from 'fast-check';
import { CommittedBatches } from '../../../src/log/kafka/record-batches.ts';
import { frameBatch, KafkaRecordWriter } from '../../../src/log/kafka/record-writer.ts';
import { KafkaRecords } from '../../../src/log/kafka/records.ts';

const outgoing = fc.record({
  key: fc.option(fc.string({ unit: 'grapheme', maxLength: 80 })),
  value: fc.option(fc.uint8Array({ maxLength: 300 })),
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  headers: fc.array(fc.record({ key: fc.string(), value: fc.string() }), { maxLength: 3 }),
});

/** A batch as a broker stores it. */
function stored(
  records: readonly {
    key: string | null;
    value: Uint8Array | null;
    timestamp: number;
    headers: { key: string; value: string }[];
  }[],
  baseOffset: number,
): Buffer {
  const writer = new KafkaRecordWriter();
  for (const { key, value, timestamp, headers } of records) {
    writer.add(key, value, timestamp, headers);
  }
  const frame = frameBatch(writer.take(), { id: 7n, epoch: 0, sequence: 3 });
  frame.writeBigInt64BE(BigInt(baseOffset), 0);
  return frame;
}

test('what is written in Kafka’s format is read back, by us and by the client’s own reader', () => {
  fc.assert(
    fc.property(
      fc.array(outgoing, { minLength: 1, maxLength: 40 }),
      fc.nat(1_000_000),
      (records, base) => {
        const bytes = stored(records, base);
        const { batch } = new CommittedBatches(bytes, []).next()!;
        const read = new KafkaRecords(
          'plays',
          1,
          [{ batch, records: batch.records() }],
          base,
          batch.lastOffset + 1,
        );
        assert.equal(read.count, records.length);
        assert.equal(read.nextOffset, base + records.length);
        const [theirs] = readRecordsBatches(Reader.from(bytes));
        for (const [index, record] of records.entries()) {
          assert.equal(read.key(index), record.key?.toWellFormed() ?? null);
          assert.deepEqual(
            read.value(index) && Uint8Array.from(read.value(index)!),
            record.value && Uint8Array.from(record.value),
          );
          assert.equal(read.timestamp(index), record.timestamp);
          assert.equal(read.offset(index), base + index);
          assert.equal(theirs!.records[index]!.value?.length ?? -1, record.value?.length ?? -1);
          assert.equal(theirs!.records[index]!.headers.length, record.headers.length);
          assert.equal(
            Number(theirs!.firstTimestamp + theirs!.records[index]!.timestampDelta),
            record.timestamp,
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a batch that was damaged on the way is not read', () => {
  const bytes = stored([{ key: 'k', value: Buffer.from('value'), timestamp: 1, headers: [] }], 0);
  bytes[bytes.length - 3]! ^= 1;
  const { batch } = new CommittedBatches(bytes, []).next()!;
  assert.throws(() => batch.records(), { code: 'TNA_LOG_CORRUPT' });
});

test('a response that is cut off ends before the batch that is not whole', () => {
  const one = stored([{ key: 'k', value: Buffer.from('one'), timestamp: 1, headers: [] }], 0);
  const two = stored([{ key: 'k', value: Buffer.from('two'), timestamp: 1, headers: [] }], 1);
  for (const length of [one.length, one.length + 5, one.length + two.length - 1]) {
    const batches = new CommittedBatches(Buffer.concat([one, two]).subarray(0, length), []);
    assert.equal(batches.next()?.batch.baseOffset, 0);
    assert.equal(batches.next(), undefined);
  }
});
