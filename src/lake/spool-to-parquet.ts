import type { LakeColumn } from '../../contracts/lake-columns.ts';
import { type DuckDBConnection, identifier } from '../duckdb.ts';
import { findBreach } from './contract-breach.ts';
import { plainRows, typedRows } from './event-sql.ts';
import { type StagedFile, stageByHour } from './parquet-files.ts';
import type { RefusedRecord, Spool } from './spool.ts';

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
  if (spool.rows === 0) return { files: [], rows: 0, refused: spool.refused };
  try {
    return await sort(connection, spool, columns, staging, ingestedAt, false);
  } catch (error) {
    // One text that is not JSON fails the quick way for all; the careful way finds which.
    if (!/malformed json|invalid json/i.test(String(error))) throw error;
    return await sort(connection, spool, columns, staging, ingestedAt, true);
  }
}

async function sort(
  connection: DuckDBConnection,
  spool: Spool,
  columns: readonly LakeColumn[] | undefined,
  staging: string,
  ingestedAt: number,
  safe: boolean,
): Promise<SortedRecords> {
  const { plain, careful } = spool;
  const typed = typedRows(spool.topic, careful.path, careful.longestLine, safe);
  let files: StagedFile[] = [];
  let rows: number;
  if (columns === undefined) {
    rows = spool.uncopied;
    if (careful.rows > 0) {
      const reader = await connection.runAndReadAll(`select count(*) from (${typed}) where _ok`);
      rows += Number(reader.getRows()[0]![0]);
    }
  } else {
    const names = columns.map((column) =>
      column.name === '_ingested_at'
        ? `make_timestamptz(${ingestedAt} * 1000) as _ingested_at`
        : identifier(column.name),
    );
    const parts: string[] = [];
    if (plain.rows > 0) {
      const read = plainRows(spool.topic, plain.path, plain.longestLine);
      parts.push(`select ${names.join(', ')} from (${read})`);
    }
    if (careful.rows > 0) parts.push(`select ${names.join(', ')} from (${typed}) where _ok`);
    files = await stageByHour(connection, parts.join('\nunion all\n'), staging, {
      first: spool.firstHour,
      last: spool.lastHour,
    });
    rows = files.reduce((sum, file) => sum + file.rows, 0);
  }
  const refused = [...spool.refused];
  if (rows < spool.rows) {
    const reader = await connection.runAndReadAll(
      `select _partition, _offset, epoch_ms(_received_at), _raw from (${typed}) where not _ok`,
    );
    for (const [partition, offset, receivedAt, raw] of reader.getRows()) {
      const value = Buffer.from(String(raw));
      const breach = findBreach(spool.topic, value) ?? {
        code: 'TNA_CONTRACT_INVALID_VALUE' as const,
        message: 'A value of the record cannot be stored.',
      };
      refused.push({
        ...breach,
        topic: spool.topic,
        partition: Number(partition),
        offset: Number(offset),
        receivedAt: Number(receivedAt),
        key: null,
        value,
      });
    }
  }
  if (rows + refused.length !== spool.rows + spool.refused.length) {
    throw new Error(
      `${spool.topic}: ${spool.rows} rows went in, ${rows} kept and ${refused.length} refused came out`,
    );
  }
  return { files, rows, refused };
}
