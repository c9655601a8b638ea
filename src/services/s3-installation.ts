import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, runProgram } from './program.ts';

export const s3ServerVersion = 'v1.8.0';

/**
 * The S3 server (versitygw, 45 MB), built by Go once for each user of this machine, which takes minutes.
 * @param cache folder of the cache.
 * @returns the path of the program.
 * @throws TonearmError TNA_SERVICE_PROGRAM_MISSING when Go is missing, TNA_SERVICE_INSTALL_FAILED
 */
export async function installS3Server(
  cache: string,
  options: { say?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const directory = join(cache, `versitygw-${s3ServerVersion}`);
  const program = join(directory, 'versitygw');
  if (existsSync(program)) return program;
  options.say?.(
    `Building the S3 server versitygw ${s3ServerVersion} with Go, once: it takes one to five minutes …`,
  );
  await installOnce(directory, async (partial) => {
    const install = 'Install Go 1.24 or newer (https://go.dev/dl).';
    await runProgram('go', ['version'], { install, signal: options.signal });
    await runProgram(
      'env',
      [
        'CGO_ENABLED=0',
        `GOBIN=${partial}`,
        'go',
        'install',
        '-ldflags=-s -w',
        `github.com/versity/versitygw/cmd/versitygw@${s3ServerVersion}`,
      ],
      { install, signal: options.signal },
    );
  });
  return program;
}
