import type { EventTopic } from '../../contracts/index.ts';
import { literal } from '../duckdb.ts';
import { type Lake, openReader, type Store } from '../lake/index.ts';
import { positionTable, readPositionId } from '../lake/position.ts';

/** What the health page needs to know about one lake table. */
export interface LakeTableState {
  readonly table: string;
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  /** Milliseconds since the epoch; undefined when nothing was committed. */
  readonly lastCommitAt: number | undefined;
  /** How far the table has read the log. */
  readonly positions: readonly {
    readonly topic: EventTopic;
    readonly partition: number;
    readonly nextOffset: number;
  }[];
}

export interface DeadLetterCount {
  readonly code: string;
  readonly field: string | null;
  readonly rows: number;
}

export interface LakeState {
  readonly tables: readonly LakeTableState[];
  readonly deadLetters: readonly DeadLetterCount[];
}

/** Looks at the lake as it is now. */
export type LakeStateProvider = () => Promise<LakeState>;

/** Reads the state of a lake from its Delta logs; dead letters are counted anew when there are more. */
export function lakeStateOf(lake: Lake): LakeStateProvider {
  let counted: { version: number; counts: readonly DeadLetterCount[] } | undefined;
  return async () => {
    await lake.refresh();
    const { dead_letters: deadLetters } = lake.tables;
    const { version } = deadLetters.log.state;
    if (counted?.version !== version) {
      const files = deadLetters.files().filter((file) => file.live);
      counted = {
        version,
        counts: await countDeadLetters(
          lake.store,
          files.map(({ path }) => path),
        ),
      };
    }
    return {
      tables: Object.values(lake.tables).map(tableState),
      deadLetters: counted.counts,
    };
  };
}

function tableState(table: Lake['tables'][keyof Lake['tables']]): LakeTableState {
  const { state } = table.log;
  const files = table.files().filter((file) => file.live);
  const transactions = [...state.transactions.values()];
  const committed = Math.max(
    state.committedAt,
    ...transactions.map(({ lastUpdated }) => lastUpdated ?? 0),
  );
  return {
    table: table.name,
    version: state.version,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    lastCommitAt: committed > 0 ? committed : undefined,
    positions: transactions.flatMap(({ appId, version }) => {
      const place = readPositionId(appId);
      if (place === undefined || positionTable(place.topic) !== table.name) return [];
      return [{ ...place, nextOffset: version }];
    }),
  };
}

async function countDeadLetters(
  store: Store,
  paths: readonly string[],
): Promise<DeadLetterCount[]> {
  if (paths.length === 0) return [];
  const { connection, close } = await openReader(store, { threads: '1' });
  try {
    const reader = await connection.runAndReadAll(
      `select code, field, count(*)::integer as rows
       from read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)
       group by all order by rows desc, code, field limit 100`,
    );
    return reader.getRowObjectsJS() as unknown as DeadLetterCount[];
  } finally {
    close();
  }
}
