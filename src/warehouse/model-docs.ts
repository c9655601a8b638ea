/** dbt's own pages about the models, as one file that a browser opens without any other. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dbtPython } from '../../scripts/python-environment.mjs';
import type { Config } from '../config.ts';
import { TonearmError } from '../errors.ts';

const project = fileURLToPath(new URL('../../dbt', import.meta.url));

type Place = Pick<Config, 'dataDirectory'>;

/** Where the pages are, once they have been made. */
export const modelDocsPath = ({ dataDirectory }: Place): string =>
  join(dataDirectory, 'run', 'dbt', 'docs', 'static_index.html');

/**
 * Makes the pages anew from the project and the warehouse. Hold the pipeline's lock: dbt looks into the warehouse.
 * @returns size of the file in bytes; undefined before the first build.
 * @throws TonearmError TNA_WAREHOUSE_BUILD_FAILED
 */
export async function makeModelDocs(
  config: Place,
  signal: AbortSignal,
): Promise<number | undefined> {
  const profiles = join(config.dataDirectory, 'run', 'dbt');
  const known = await stat(join(profiles, 'profiles.yml')).catch(() => undefined);
  if (known === undefined) return undefined;
  const target = dirname(modelDocsPath(config));
  const child = spawn(
    join(dirname(dbtPython), 'dbt'),
    [
      ...['docs', 'generate', '--static', '--quiet', '--no-use-colors', '--project-dir', project],
      ...[
        '--profiles-dir',
        profiles,
        '--target-path',
        target,
        '--log-path',
        join(profiles, 'logs'),
      ],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      env: {
        ...{ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/tmp' },
        ...{ DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', DBT_VERSION_CHECK: 'false' },
        PYTHONDONTWRITEBYTECODE: '1',
      },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const reason = said.trim().split('\n').slice(-3).join(' ');
    throw new TonearmError('TNA_WAREHOUSE_BUILD_FAILED', `dbt made no pages: ${reason}`, {
      remedy: 'Correct the model that it names, then run again.',
    });
  }
  return (await stat(modelDocsPath(config))).size;
}
