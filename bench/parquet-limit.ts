import { topics } from '../contracts/index.ts';
import { contractColumns } from '../contracts/lake-columns.ts';
import { openDuckDb } from '../src/duckdb.ts';
import { measure } from './measure.ts';

const types = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
  boolean: 'BOOLEAN',
  long: 'BIGINT',
  integer: 'INTEGER',
};

/** DuckDB alone on two threads, unchecked: a file of NDJSON plays into one Parquet file beside it. */
export async function parquetLimit(ndjson: string): Promise<{ cpu: number; wall: number }> {
  const columns = contractColumns(topics.plays.schema).map(
    (column) => `"${column.name}": '${types[column.type]}'`,
  );
  const { connection, close } = await openDuckDb({ threads: '2' });
  const limit = await measure(() =>
    connection.run(
      `copy (select * from read_json('${ndjson}', format = 'newline_delimited', columns = {${columns.join(', ')}})) to '${ndjson}.parquet' (format parquet, compression zstd, compression_level 1)`,
    ),
  );
  close();
  return limit;
}
