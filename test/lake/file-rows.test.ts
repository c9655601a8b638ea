import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { requireRows } from '../../src/lake/file-rows.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';

test('files with the rows that the log counts pass; one with others, and one that is gone, are named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tonearm-rows-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { connection, close } = await openDuckDb();
  t.after(close);
  const file = async (name: string, rows: number, counted: number): Promise<LakeFile> => {
    const path = join(folder, `it's ${name}.parquet`);
    await connection.run(
      `copy (from range(${rows})) to '${path.replaceAll("'", "''")}' (format parquet)`,
    );
    const state = { version: 1, bytes: 1, live: true, dataChange: true } as const;
    return { table: 'plays', path, rows: counted, ...state };
  };
  const whole = [await file('one', 3, 3), await file('none', 0, 0)];
  await requireRows(connection, []);
  await requireRows(connection, whole);
  const short = await file('short', 2, 3);
  await assert.rejects(requireRows(connection, [...whole, short]), {
    code: 'TNA_LAKE_ROWS_DIFFER',
    message: `${short.path} holds 2 rows, and the lake's log counts 3.`,
  });
  await rm(whole[0]!.path);
  await assert.rejects(requireRows(connection, whole), { code: 'TNA_LAKE_FILE_MISSING' });
});
