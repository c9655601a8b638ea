import { TonearmError } from '../errors.ts';

const damage =
  /no magic bytes|too small to be a parquet file|invalid input error.*parquet|corrupt|snappy|zstd|thrift|deserialize|invalid metadata|footer/i;
const absence = /no files found that match|cannot open file|no such file|does not exist|404/i;

/** Whether DuckDB found a Parquet file without its end: one that is being written, or whose writer was killed. */
export const isHalfWritten = (error: unknown): boolean =>
  /no magic bytes|too small|not a parquet/i.test(String(error));

/** A value of a lake file that is not of the contract's type, as the model that reads new files meets it. */
const otherType =
  /new_(\w+)\.sql.*Could not (?:convert|cast) (.+?) when casting from source column (\w+)/s;

/**
 * What DuckDB's complaint about a data file of the lake means; undefined when it is about something else.
 * @param message whatever DuckDB, or dbt for it, has said.
 */
export function lakeFileError(message: string, cause?: unknown): TonearmError | undefined {
  const [, topic, value, column] = otherType.exec(message) ?? [];
  if (column !== undefined) {
    return new TonearmError(
      'TNA_LAKE_FILE_CORRUPT',
      `A new file of the lake table ${topic} has another type in its column ${column}: could not convert ${value}.`,
      {
        cause,
        remedy:
          "Nothing was published. `describe from read_parquet('…')` of DuckDB shows the types of a file: put it right, then run again.",
      },
    );
  }
  const [path] = /[^\s"'[\]]+\.parquet/.exec(message) ?? [];
  if (path === undefined) return undefined;
  if (absence.test(message)) {
    return new TonearmError(
      'TNA_LAKE_FILE_MISSING',
      `The lake's log names ${path}, which is not there.`,
      {
        cause,
        remedy: 'Nothing was published. Put the file back from a copy, then run again.',
      },
    );
  }
  if (!damage.test(message)) return undefined;
  return new TonearmError('TNA_LAKE_FILE_CORRUPT', `${path} is damaged: it cannot be read.`, {
    cause,
    remedy: 'Nothing was published. Put the file back from a copy, then run again.',
  });
}
