/**
 * Real parts on loopback without Docker: a Kafka broker, an S3 server, Airflow and Streamlit. `startKafka`,
 * `startS3Server`, `startAirflow` and `startStreamlit` take a folder and start what is in it; `servicesOf` are those under
 * the data directory that `./tonearm services` works with.
 */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { findAirflow, startAirflow } from './airflow.ts';
import { findKafka, startKafka } from './kafka.ts';
import { findS3Server, startS3Server } from './s3-server.ts';
import { stopService } from './service.ts';
import { findStreamlit, startStreamlit } from './streamlit.ts';

export { type AirflowService, type AirflowServiceOptions, startAirflow } from './airflow.ts';
export { freePorts } from './free-port.ts';
export { type KafkaService, type KafkaServiceOptions, startKafka } from './kafka.ts';
export { type S3Service, type S3ServiceOptions, startS3Server } from './s3-server.ts';
export {
  prepareStreamlit,
  type StreamlitService,
  startStreamlit,
  streamlitProgram,
  untilStreamlitAnswers,
} from './streamlit.ts';

export const serviceNames = ['kafka', 's3', 'airflow', 'streamlit'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A service that runs. */
export interface RunningService {
  readonly port: number;
  readonly pid: number;
  /** Settings that make Tonearm use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where a person looks at it, and as whom. */
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
}

/** A service of the data directory. */
export interface LocalService {
  readonly directory: string;
  start(options: { say: (line: string) => void; signal: AbortSignal }): Promise<RunningService>;
  /** Undefined when it does not run or does not answer. */
  find(): Promise<RunningService | undefined>;
  /** @returns false when it was not running. */
  stop(): Promise<boolean>;
}

/** The services under `<data>/services`. */
export function servicesOf(
  config: Pick<Config, 'dataDirectory' | 'cacheDirectory' | 'airflowDatabase'> &
    Parameters<typeof startStreamlit>[0]['config'],
): Record<ServiceName, LocalService> {
  const cache = config.cacheDirectory;
  const kafka = join(config.dataDirectory, 'services', 'kafka');
  const s3 = join(config.dataDirectory, 'services', 's3');
  const airflow = join(config.dataDirectory, 'services', 'airflow');
  const streamlit = join(config.dataDirectory, 'services', 'streamlit');
  return {
    kafka: {
      directory: kafka,
      start: (options) => startKafka({ directory: kafka, cache, ...options }),
      find: () => findKafka(kafka),
      stop: () => stopService(kafka),
    },
    s3: {
      directory: s3,
      start: (options) => startS3Server({ directory: s3, cache, ...options }),
      find: () => findS3Server(s3),
      stop: () => stopService(s3),
    },
    airflow: {
      directory: airflow,
      start: ({ say }) => startAirflow({ directory: airflow, config, say }),
      find: () => findAirflow(airflow),
      stop: () => stopService(airflow),
    },
    streamlit: {
      directory: streamlit,
      start: ({ say }) => startStreamlit({ directory: streamlit, config, say }),
      find: () => findStreamlit(streamlit),
      stop: () => stopService(streamlit),
    },
  };
}
