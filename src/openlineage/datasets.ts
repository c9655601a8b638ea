/** How OpenLineage calls what is read and written: its naming conventions for Kafka, files, S3 and DuckDB. */
import { basename, join } from 'node:path';
import { lakeColumns } from '../../contracts/lake-columns.ts';
import type { LakeTableName } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { type Dataset, schemaFacet, versionFacet } from './events.ts';

type Places = Pick<Config, 'log' | 'lake' | 'warehouse' | 'martsDirectory'>;

export interface Datasets {
  topic(name: string): Dataset;
  /** @param version of the Delta table. */
  lake(table: LakeTableName, version?: number): Dataset;
  /** @param table `silver.plays`. */
  warehouse(table: string, columns?: Parameters<typeof schemaFacet>[0]): Dataset;
  /** @param version of the marts. */
  mart(table: string, version: string, columns?: Parameters<typeof schemaFacet>[0]): Dataset;
}

export function datasetsOf({ log, lake, warehouse, martsDirectory }: Places): Datasets {
  const described = (
    dataset: Dataset,
    columns: Parameters<typeof schemaFacet>[0] | undefined,
    version?: string | number,
  ): Dataset => ({
    ...dataset,
    facets: {
      ...(columns === undefined || columns.length === 0 ? {} : schemaFacet(columns)),
      ...(version === undefined ? {} : versionFacet(version)),
    },
  });
  return {
    topic: (name) =>
      log.kind === 'kafka'
        ? { namespace: `kafka://${log.brokers[0]}`, name }
        : { namespace: 'file', name: join(log.directory, name) },
    lake: (table, version) =>
      described(
        lake.kind === 's3'
          ? {
              namespace: `s3://${lake.bucket}`,
              name: [lake.prefix, table].filter(Boolean).join('/'),
            }
          : { namespace: 'file', name: join(lake.directory, table) },
        lakeColumns(table),
        version,
      ),
    warehouse: (table, columns) =>
      described(
        {
          namespace: `duckdb://${warehouse.path}`,
          name: `${basename(warehouse.path).replace(/\.[^.]*$/, '')}.${table}`,
        },
        columns,
      ),
    mart: (table, version, columns) =>
      described({ namespace: 'file', name: join(martsDirectory, table) }, columns, version),
  };
}
