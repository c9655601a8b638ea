import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { LakeFile } from '../lake/lake-file.ts';

/**
 * Writes the list of lake files that the models read, one JSON object a line.
 * @returns its path.
 */
export async function writeLakeManifest(
  config: Pick<Config, 'dataDirectory'>,
  files: readonly LakeFile[],
): Promise<string> {
  const directory = join(config.dataDirectory, 'run');
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'lake-files.json');
  const lines = files.map((file) =>
    JSON.stringify({
      table_name: file.table,
      path: file.path,
      version: file.version,
      rows: file.rows,
      live: file.live,
      data_change: file.dataChange,
    }),
  );
  // An empty list still needs a line: the reader takes its columns from what it is told.
  await writeFile(
    `${path}.tmp`,
    lines.length > 0 ? `${lines.join('\n')}\n` : '{"live":false,"data_change":false}\n',
  );
  await rename(`${path}.tmp`, path);
  return path;
}
