import type { LakeTableName } from '../../contracts/lake-tables.ts';

/** One data file of a lake table, as the table's log knows it. */
export interface LakeFile {
  readonly table: LakeTableName;
  /** Absolute path, or URL in an object store. Its folders hold the partition: `year=2025/month=11/day=08/hour=09`. */
  readonly path: string;
  /** Version of the commit that added it. Rises by one a commit, per table. */
  readonly version: number;
  readonly rows: number;
  readonly bytes: number;
  /** In the newest snapshot. False: replaced by compaction, still readable until vacuumed. */
  readonly live: boolean;
  /** False for files that compaction wrote: their rows were in earlier files. */
  readonly dataChange: boolean;
}
