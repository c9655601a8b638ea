import type { EventTopic } from '../../contracts/index.ts';
import type { LakeColumn } from '../../contracts/lake-columns.ts';
import { type DuckDBConnection, identifier } from '../duckdb.ts';
import { findBreach } from './contract-breach.ts';
import { plainRows, typedRows } from './event-sql.ts';
import type { LineFile } from './line-file.ts';
import { type StagedFile, stageByHour } from './parquet-files.ts';
import type { HourLines, RefusedRecord, Spool } from './spool.ts';

/** What became of the records of a spool. */
export interface SortedRecords {
  readonly files: StagedFile[];
  /** Rows in the files, or rows that kept the contract when none were asked for. */
  readonly rows: number;
  readonly refused: RefusedRecord[];
}

/**
 * Sorts a finished spool: rows that keep the contract into Parquet files, the others out
 * with the reason. Plain events were checked as they came; of the others clean data is read
 * once, and only where rows were refused are they read again.
 * @param columns of the files; undefined for a topic that the lake does not keep.
 */
export async function sortSpool(
  connection: DuckDBConnection,
  spool: Spool,
  columns: readonly LakeColumn[] | undefined,
  staging: string,
  ingestedAt: number,
): Promise<SortedRecords> {
  const result = { files: [] as StagedFile[], rows: spool.uncopied, refused: [...spool.refused] };
  for (const lines of spool.hours) {
    const kept =
      columns === undefined
        ? await countKept(connection, spool.topic, lines)
        : await stageKept(connection, spool.topic, lines, columns, staging, ingestedAt);
    const refused =
      kept.rows < lines.plain.rows + lines.careful.rows
        ? await readRefused(connection, spool.topic, lines)
        : [];
    if (kept.rows + refused.length !== lines.plain.rows + lines.careful.rows) {
      throw new Error(
        `${spool.topic}: ${lines.plain.rows} plain and ${lines.careful.rows} other rows went in, ${kept.rows} kept and ${refused.length} refused came out`,
      );
    }
    result.files.push(...kept.files);
    result.rows += kept.rows;
    result.refused.push(...refused);
  }
  return result;
}

interface Kept {
  readonly files: StagedFile[];
  readonly rows: number;
}

async function stageKept(
  connection: DuckDBConnection,
  topic: EventTopic,
  { plain, careful, first, last }: HourLines,
  columns: readonly LakeColumn[],
  staging: string,
  ingestedAt: number,
): Promise<Kept> {
  const names = columns.map((column) =>
    column.name === '_ingested_at'
      ? `make_timestamptz(${ingestedAt} * 1000) as _ingested_at`
      : identifier(column.name),
  );
  return await quickOrSafe(async (safe) => {
    const parts: string[] = [];
    if (plain.rows > 0) parts.push(`from (${plainRows(topic, plain.path, plain.longestLine)})`);
    if (careful.rows > 0) parts.push(`from (${carefulRows(topic, careful, safe)}) where _ok`);
    const query = parts.map((part) => `select ${names.join(', ')} ${part}`).join('\nunion all\n');
    const files = await stageByHour(connection, query, staging, { first, last });
    return { files, rows: files.reduce((sum, file) => sum + file.rows, 0) };
  });
}

async function countKept(
  connection: DuckDBConnection,
  topic: EventTopic,
  { careful }: HourLines,
): Promise<Kept> {
  return await quickOrSafe(async (safe) => {
    const reader = await connection.runAndReadAll(
      `select count(*) from (${carefulRows(topic, careful, safe)}) where _ok`,
    );
    return { files: [], rows: Number(reader.getRows()[0]![0]) };
  });
}

async function readRefused(
  connection: DuckDBConnection,
  topic: EventTopic,
  { careful }: HourLines,
): Promise<RefusedRecord[]> {
  return await quickOrSafe(async (safe) => {
    const reader = await connection.runAndReadAll(
      `select _partition, _offset, epoch_ms(_received_at), _key, _raw
       from (${carefulRows(topic, careful, safe)}) where not _ok`,
    );
    return reader.getRows().map(([partition, offset, receivedAt, key, raw]) => {
      const value = Buffer.from(String(raw));
      const breach = findBreach(topic, value) ?? {
        code: 'TNA_CONTRACT_INVALID_VALUE' as const,
        message: 'A value of the record cannot be stored.',
      };
      return {
        ...breach,
        topic,
        partition: Number(partition),
        offset: Number(offset),
        receivedAt: Number(receivedAt),
        key: key === null ? null : (JSON.parse(String(key)) as string),
        value,
      };
    });
  });
}

function carefulRows(topic: EventTopic, careful: LineFile, safe: boolean): string {
  return typedRows(topic, careful.path, careful.longestLine, safe);
}

/** One text that is not JSON fails the quick way for all; the safe way finds which. */
async function quickOrSafe<T>(work: (safe: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(false);
  } catch (error) {
    if (!/malformed json|invalid json/i.test(String(error))) throw error;
    return await work(true);
  }
}
