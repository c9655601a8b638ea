/**
 * What a new version of the marts takes over from the one before. Tables that grow with every play are cut by the build
 * that wrote their rows: a part that lost none of them since is the same file again.
 */

/** Rows of a table by the build that wrote them: those after the part before it, up to and with `to`. */
export interface MartPart {
  /** Its file, or what its files are called after. */
  readonly file: string;
  /** How many files it is, where it is not one. */
  readonly slices?: number;
  /** Newest `built_from_version` in it. */
  readonly to: number;
  readonly rows: number;
  /** Where they were added up, and are fewer in its files. */
  readonly rowsInFiles?: number;
}

/** Names of the files of a part, in the order of their rows: `<table>.<build>.<slice>.parquet` of several. */
export function filesOf({ file, slices }: Pick<MartPart, 'file' | 'slices'>): string[] {
  if (slices === undefined) return [file];
  const [, table, build = 0] = /^([^.]+)(?:\.(\d+))?\.parquet$/.exec(file)!;
  return Array.from({ length: slices }, (_, slice) => `${table}.${build}.${slice}.parquet`);
}

export interface PlannedPart {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** The part that is taken over; undefined when it is written. Its file may hold more rows than are left of it. */
  readonly kept?: MartPart;
}

/** Smaller parts are put together: a reader opens each of them. */
const smallestRows = 131_072;
/** A part is at least so many times as large as what is written after it, so there are few of them. */
const growth = 4;

/** Rows of it in the table are those of the file: rows of a build are only ever taken away. */
export const isUnchanged = (part: MartPart, rows: number): boolean => part.rows === rows;

/** Most of its rows are still those of the table; newer rows of their keys take the place of the others. */
export const isMostlyValid = (part: MartPart, rows: number): boolean =>
  rows <= part.rows && rows >= part.rows * 0.75;

/**
 * Cuts a table into parts: those of the version before, and what was written since. Rows of a build are only ever
 * taken away, since a row that changes is of a later one: a part with as many rows as before is unchanged.
 * @param before parts of the version before, the oldest first
 * @param counts rows by the build that wrote them
 * @param staysValid whether a part may be taken over; that of the newest build only when it is unchanged
 */
export function planParts(
  before: readonly MartPart[],
  counts: ReadonlyMap<number, number>,
  staysValid = isUnchanged,
): PlannedPart[] {
  const newest = Math.max(0, ...counts.keys());
  const ends = before.map((part) => part.to).filter((to) => to < newest);
  const planned: PlannedPart[] = [];
  let from = 0;
  for (const to of [...ends, newest]) {
    let rows = 0;
    for (const [version, count] of counts) if (version >= from && version <= to) rows += count;
    if (rows === 0) continue;
    const isValid = to === newest ? isUnchanged : staysValid;
    const kept = before.find((part) => part.to === to && isValid(part, rows));
    planned.push({ from, to, rows, ...(kept === undefined ? {} : { kept }) });
    from = to + 1;
  }
  for (;;) {
    const [previous, last] = planned.slice(-2);
    if (previous === undefined || last === undefined || last.kept !== undefined) return planned;
    if (previous.rows >= Math.max(growth * last.rows, smallestRows)) return planned;
    planned.splice(-2, 2, {
      from: previous.from,
      to: last.to,
      rows: previous.rows + last.rows,
    });
  }
}
