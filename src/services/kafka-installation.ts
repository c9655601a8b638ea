import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TonearmError } from '../errors.ts';
import { installOnce, runProgram } from './program.ts';

export const kafkaVersion = '4.3.1';
const pom = fileURLToPath(new URL('./kafka-pom.xml', import.meta.url));
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const leastJava = 17;

/**
 * The broker's jars, about 54 MB, copied from Maven Central once for each user of this machine.
 * Maven does it, so the user's mirrors and proxies are honoured.
 * @param cache folder of the cache.
 * @returns the folder of the jars.
 * @throws TonearmError TNA_SERVICE_PROGRAM_MISSING when Java or Maven is missing, TNA_SERVICE_INSTALL_FAILED
 */
export async function installKafka(
  cache: string,
  options: { say?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  await requireJava(options.signal);
  const directory = join(cache, `kafka-${kafkaVersion}`);
  if (existsSync(directory)) return directory;
  options.say?.(`Fetching Kafka ${kafkaVersion} from Maven Central, once (54 MB) …`);
  await installOnce(directory, async (partial) => {
    await runProgram(
      'mvn',
      [
        '--batch-mode',
        '--quiet',
        '--file',
        pom,
        copyDependencies,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${partial}`,
      ],
      {
        install: 'Install Maven (Debian: sudo apt-get install maven; macOS: brew install maven).',
        signal: options.signal,
      },
    );
  });
  return directory;
}

async function requireJava(signal: AbortSignal | undefined): Promise<void> {
  const install = `Install Java ${leastJava} or newer (Debian: sudo apt-get install openjdk-17-jre-headless; macOS: brew install openjdk).`;
  const settings = await runProgram('java', ['-XshowSettings:properties', '--version'], {
    install,
    signal,
  });
  const version = Number(/^\S+ (\d+)/.exec(settings)?.[1]);
  if (version >= leastJava) return;
  throw new TonearmError(
    'TNA_SERVICE_PROGRAM_MISSING',
    `Java is older than ${leastJava}: ${settings.split('\n')[0]}.`,
    { remedy: install },
  );
}
