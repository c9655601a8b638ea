import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJsonRows } from '../../../src/sources/history-import/json-rows.ts';

/** Reads bytes that come in pieces of the given sizes, the last size again and again. */
async function read(bytes: Buffer, sizes: readonly number[] = [bytes.length]) {
  async function* pieces() {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = Math.max(1, sizes[Math.min(turn, sizes.length - 1)]!);
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  const values: unknown[] = [];
  for await (const batch of readJsonRows(pieces(), 'file.json')) {
    assert.equal(batch.firstRow, values.length + 1);
    values.push(...batch.values);
  }
  return values;
}

const anyRows = fc.array(
  fc.oneof(
    fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
    fc.string(),
  ),
  { maxLength: 8 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

test('an array is read as JSON.parse reads it, whatever pieces it comes in', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, sizes, fc.constantFrom(0, 2), async (rows, cut, indent) => {
      const text = JSON.stringify(rows, null, indent);
      assert.deepEqual(await read(Buffer.from(text), cut), JSON.parse(text));
    }),
    { numRuns: 400 },
  );
});

test('JSON Lines are read row by row, also with CRLF and without a last line end', async () => {
  const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), {
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(rows, sizes, fc.constantFrom('\n', '\r\n'), async (values, cut, end) => {
      const lines = values.map((value) => JSON.stringify(value));
      const expected = lines.map((line) => JSON.parse(line) as unknown);
      assert.deepEqual(await read(Buffer.from(lines.join(end)), cut), expected);
      assert.deepEqual(await read(Buffer.from(lines.join(end) + end), cut), expected);
    }),
    { numRuns: 200 },
  );
});

test('a row of many pieces is read whole, and so are the rows beside it', async () => {
  const rows = [{ a: 1 }, { a: 'x}],'.repeat(60_000) }, { a: 2 }, 'y'.repeat(200_000)];
  for (const text of [JSON.stringify(rows), JSON.stringify(rows, null, 2)]) {
    for (const size of [10_000, 65_536, text.length]) {
      assert.deepEqual(await read(Buffer.from(text), [size]), rows, `in pieces of ${size}`);
    }
  }
});

test('what was cut off is never taken for whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      sizes,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (rows, cut, share) => {
        const bytes = Buffer.from(JSON.stringify(rows));
        const part = bytes.subarray(0, Math.floor(bytes.length * share));
        await assert.rejects(read(part, cut), { code: 'TNA_IMPORT_UNREADABLE' });
      },
    ),
    { numRuns: 200 },
  );
});

test('a file that is not JSON is named with the row and the byte', async () => {
  const cases: [string, RegExp][] = [
    ['', /it is empty/],
    ['\uFEFF \r\n', /it is empty/],
    ['7', /row 1, at byte 0/],
    ['[{"a":1},\n{"a":"brok', /row 2, at byte 20/],
    ['[{"a":1},{"a":}]', /row 2, at byte 9/],
    ['[{"a":1},]', /row 2, at byte 9/],
    ['[,{"a":1}]', /row 1, at byte 1/],
    ['[{"a":1}] x', /at byte 10/],
    ['[{"a":1}] [', /at byte 10/],
    ['[{"a":1]', /row 1/],
    ['{"a":1}\n{"a":', /row 2, at byte 13/],
    ['<html></html>', /row 1, at byte 0/],
  ];
  for (const [text, message] of cases) {
    for (const size of [1, 3, 100]) {
      await assert.rejects(
        read(Buffer.from(text), [size]),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'TNA_IMPORT_UNREADABLE');
          assert.match(error.message, /^file\.json: /);
          assert.match(error.message, message);
          return true;
        },
        `${text} in pieces of ${size}`,
      );
    }
  }
});

test('a row that never ends does not fill the memory', async () => {
  const endless = Buffer.from(`["${'x'.repeat(9 << 20)}`);
  await assert.rejects(read(endless, [1 << 20]), /row 1 is larger than 8 MB/);
});
