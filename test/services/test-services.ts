import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { TonearmError } from '../../src/errors.ts';
import {
  type AirflowService,
  type AirflowServiceOptions,
  type KafkaService,
  type KafkaServiceOptions,
  type S3Service,
  startAirflow,
  startKafka,
  startS3Server,
} from '../../src/services/index.ts';

const { cacheDirectory: cache } = parseConfig(process.env, process.cwd());

/** A service for the tests of a file and a way to start it again on the same port (it is found when it runs), or why there is none: give it to `skip`, which CI counts as failed. */
export type TestService<T> =
  | { readonly service: T; readonly skip: false; restart(): Promise<T> }
  | { readonly service: undefined; readonly skip: string; restart(): Promise<T> };

/** A broker of its own in a temporary folder, stopped and removed after the file's tests. */
export function testKafka(
  options: Partial<KafkaServiceOptions> = {},
): Promise<TestService<KafkaService>> {
  return started('kafka', (directory) => startKafka({ directory, cache, ...options }));
}

/** An S3 server of its own in a temporary folder, stopped and removed after the file's tests. */
export function testS3Server(): Promise<TestService<S3Service>> {
  return started('s3', (directory) => startS3Server({ directory, cache, say: console.error }));
}

/** Airflow with the repository's DAGs, switched off, in a temporary folder. */
export function testAirflow(
  options: Omit<AirflowServiceOptions, 'directory'>,
): Promise<TestService<AirflowService>> {
  return started('airflow', (directory) =>
    startAirflow({ directory, paused: true, say: console.error, ...options }),
  );
}

async function started<T extends { stop(): Promise<void> }>(
  name: string,
  start: (directory: string) => Promise<T>,
): Promise<TestService<T>> {
  const directory = await mkdtemp(join(tmpdir(), `tonearm-${name}-`));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const service = await start(directory);
    after(async () => {
      await service.stop();
      await remove();
    });
    return { service, skip: false, restart: () => start(directory) };
  } catch (error) {
    await remove();
    const known = error instanceof TonearmError ? error : undefined;
    if (known?.code === 'TNA_SERVICE_START_FAILED' || known === undefined) throw error;
    return {
      service: undefined,
      skip: `${known.message} ${known.remedy}`,
      restart: () => Promise.reject(error),
    };
  }
}
