import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { martFiles, publishMarts, rowsForLookUps, rowsOfFiles } from '../../src/warehouse/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

const tests = { passed: 1, failed: 0, warned: 0, failures: [] };

/** The table of `martWarehouse` that is published in parts. */
export const gold = 'warehouse.gold.listening_clock';

/** A warehouse with the clocks of some listeners, of very many hours, and ways to change, publish and read it. */
export const martWarehouse = (
  t: TestContext,
  {
    listeners,
    rows,
    settings = {},
  }: { listeners: number; rows: number; settings?: Record<string, string> },
) =>
  publishedWarehouse(t, {
    table: 'listening_clock',
    settings,
    statements: [
      `create table ${gold} as select 'u' || place % ${listeners} as user_id, 1 as weekday, 't' || place as hour,
         1::bigint as plays, 1::bigint as built_from_version from range(${rows}) as places (place)`,
      'create table warehouse.silver.plays (_rewritten boolean, _silver_version bigint)',
    ],
  });

/**
 * A warehouse that is made by statements, and ways to change, publish and read it.
 * @param given.table of gold, whose published rows are compared with those of the warehouse
 */
export async function publishedWarehouse(
  t: TestContext,
  {
    table,
    statements,
    settings,
  }: { table: string; statements: readonly string[]; settings: Record<string, string> },
) {
  const config = await temporaryConfig(t, settings);
  const asked = async (...statements: string[]): Promise<string[]> => {
    const { connection, close } = await openDuckDb();
    try {
      await connection.run(`attach '${config.warehouse.path}' as warehouse`);
      let answer: unknown[][] = [];
      for (const statement of statements) {
        answer = (await connection.runAndReadAll(statement)).getRows() as unknown[][];
      }
      return answer.map(String);
    } finally {
      close();
    }
  };
  await asked('create schema warehouse.gold; create schema warehouse.silver', ...statements);
  let published = 0;
  return {
    config,
    asked,
    /** Publishes the next version. files: name → inode. */
    async publish() {
      published += 1;
      const version = `v${published}`;
      const publishedAt = '2025-11-18T10:00:00.000Z';
      const current = await publishMarts(config, { version, runId: 'run', publishedAt, tests });
      const directory = join(config.martsDirectory, version);
      const files = new Map<string, number>();
      for (const name of (await readdir(directory)).filter((one) => one.endsWith('.parquet'))) {
        files.set(name, (await stat(join(directory, name))).ino);
      }
      return { current, directory, files };
    },
    /** Rows that differ between the warehouse and what a reader of a version finds. */
    async differences(version: string) {
      const files = (await martFiles(join(config.martsDirectory, version))).get(table)!;
      const held = `warehouse.gold.${table}`;
      const compare = (source: string) =>
        `(from ${source} except all from ${held}) union all (from ${held} except all from ${source})`;
      const sources = [rowsOfFiles(files), rowsForLookUps(files)];
      // Sums first: comparing row by row takes ten times as long.
      const sums = [held, ...sources].map(
        (source) => `select count(*), sum(hash(one)), bit_xor(hash(one)) from ${source} as one`,
      );
      if (String(await asked(`select count(*) from (${sums.join(' union ')})`)) === '1') return [];
      const found = sources.map((source) => asked(`from (${compare(source)}) limit 3`));
      return [`${version} differs`, ...(await Promise.all(found)).flat()];
    },
  };
}
