import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Admin } from '@platformatic/kafka';
import { makeDirectory } from '../disk-errors.ts';
import { freePorts } from './free-port.ts';
import { installKafka } from './kafka-installation.ts';
import { runProgram } from './program.ts';
import { killService, livingPid, readRecord, startDetached, stopService } from './service.ts';

const startTimeoutMs = 90_000;
const logging = fileURLToPath(new URL('./log4j2.properties', import.meta.url));
const java = 'Install Java 17 or newer.';

export interface KafkaService {
  /** `127.0.0.1:<port>` of the listener without TLS and authentication. */
  readonly bootstrap: string;
  readonly port: number;
  readonly pid: number;
  /** Settings that make Tonearm use it. */
  readonly env: { readonly TONEARM_LOG: string };
  /** Stops the broker in order; its data stays. */
  stop(): Promise<void>;
  /** Ends the broker at once, as a crash would. */
  kill(): Promise<void>;
}

export interface KafkaServiceOptions {
  /** Absolute folder of its data, ports and log; made when missing, used again when there. */
  readonly directory: string;
  /** Folder of downloaded programs: `config.cacheDirectory`. */
  readonly cache: string;
  /** Further lines of server.properties, from the ports: the broker's, the controller's, then the extra ones. */
  readonly properties?: (ports: readonly number[]) => Record<string, string>;
  /** Number of ports beside the broker's and the controller's. */
  readonly extraPorts?: number;
  /** Id of the cluster that a new broker joins; a new one when left out. */
  readonly clusterId?: string;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts a Kafka broker (KRaft, one node) on loopback, or finds the one that already runs there. It outlives
 * this process: call `stop`. The first start fetches the jars, chooses free ports and formats the storage.
 * @throws TonearmError TNA_SERVICE_PROGRAM_MISSING, TNA_SERVICE_INSTALL_FAILED, TNA_SERVICE_START_FAILED
 */
export async function startKafka(options: KafkaServiceOptions): Promise<KafkaService> {
  const { directory, say, signal } = options;
  const jars = await installKafka(options.cache, { say, signal });
  makeDirectory(directory);
  const remembered = await readRecord(directory);
  const ports = remembered?.ports ?? (await freePorts(2 + (options.extraPorts ?? 0)));
  const service = (pid: number): KafkaService => describeKafka(directory, ports, pid);
  const living = await livingPid(directory);
  if (living !== undefined) return service(living);
  const properties = join(directory, 'server.properties');
  const lines = { ...baseProperties(directory, ports), ...options.properties?.(ports) };
  await writeFile(
    properties,
    Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  const classpath = ['-cp', join(jars, '*')];
  if (!existsSync(join(directory, 'data', 'meta.properties'))) {
    const id = options.clusterId ?? randomBytes(16).toString('base64url').replace(/^-/, 'A');
    await runProgram(
      'java',
      [...classpath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties],
      { install: java, signal },
    );
  }
  say?.(`Starting Kafka on 127.0.0.1:${ports[0]} …`);
  const pid = await startDetached({
    name: 'Kafka',
    directory,
    record: { ports },
    program: 'java',
    args: [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dlog4j2.configurationFile=${logging}`,
      ...classpath,
      'kafka.Kafka',
      properties,
    ],
    isHealthy: () => answersMetadata(ports[0]!),
    timeoutMs: startTimeoutMs,
  });
  return service(pid);
}

/** The broker of a folder when it runs and answers a metadata request. */
export async function findKafka(directory: string): Promise<KafkaService | undefined> {
  const pid = await livingPid(directory);
  const record = await readRecord(directory);
  if (pid === undefined || record === undefined) return undefined;
  if (!(await answersMetadata(record.ports[0]!).catch(() => false))) return undefined;
  return describeKafka(directory, record.ports, pid);
}

function describeKafka(directory: string, ports: readonly number[], pid: number): KafkaService {
  const bootstrap = `127.0.0.1:${ports[0]}`;
  return {
    bootstrap,
    port: ports[0]!,
    pid,
    env: { TONEARM_LOG: `kafka://${bootstrap}` },
    stop: async () => {
      await stopService(directory);
    },
    kill: () => killService(directory),
  };
}

function baseProperties(directory: string, [port, controller]: readonly number[]) {
  const one = '1';
  return {
    'process.roles': 'broker,controller',
    'node.id': one,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': one,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': one,
    'transaction.state.log.min.isr': one,
    'share.coordinator.state.topic.num.partitions': one,
    'share.coordinator.state.topic.replication.factor': one,
    'share.coordinator.state.topic.min.isr': one,
    'group.initial.rebalance.delay.ms': '0',
    // After a crash the broker is let in again when its old session is over: not after the default 9 s.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
  };
}

async function answersMetadata(port: number): Promise<boolean> {
  const admin = new Admin({
    clientId: 'tonearm-health',
    bootstrapBrokers: [`127.0.0.1:${port}`],
    connectTimeout: 1000,
    requestTimeout: 2000,
    timeout: 2000,
    retries: 0,
  });
  try {
    return (await admin.metadata({ topics: [] })).brokers.size > 0;
  } finally {
    await admin.close();
  }
}
