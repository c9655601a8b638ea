import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Admin, type ClusterMetadata, type Connection, ConnectionPool } from '@platformatic/kafka';
import { TonearmError } from '../../errors.ts';
import { asKafkaError, isPassingError } from './errors.ts';
import type { KafkaLocation } from './location.ts';

const clientId = 'tonearm';
const firstBackoffMs = 50;
const longestBackoffMs = 1000;
const requestTimeoutMs = 30_000;

/**
 * Reads, writes and waits have connections of their own: a broker answers the requests of one connection in
 * turn, and one that waits for records would hold up the others.
 */
export type Purpose = 'read' | 'write' | 'wait';

export interface Leader {
  readonly node: number;
  readonly epoch: number;
}

/** The brokers: who leads what, connections to them, and trying again when they move. */
export class KafkaCluster {
  readonly admin: Admin;
  readonly #location: KafkaLocation;
  readonly #pools: Record<Purpose, ConnectionPool>;
  readonly #stop = new AbortController();
  readonly #retryMs: number;
  #topics: readonly string[] = [];
  #metadata: ClusterMetadata | undefined;
  #refreshing: Promise<void> | undefined;

  /** @param retryMs how long a request is tried again before the brokers count as unreachable. */
  constructor(location: KafkaLocation, retryMs: number) {
    this.#location = location;
    this.#retryMs = retryMs;
    const options = {
      ...connectionOptions(location),
      connectTimeout: 5000,
      requestTimeout: requestTimeoutMs,
    };
    this.admin = new Admin({
      clientId,
      bootstrapBrokers: [...location.brokers],
      retries: 0,
      ...options,
    });
    const pool = () => new ConnectionPool(clientId, options);
    this.#pools = { read: pool(), write: pool(), wait: pool() };
    for (const one of [this.admin.connections, ...Object.values(this.#pools)]) {
      // Requests fail by themselves; an error of a connection that nobody listens to would end the process.
      one.on('connecting', ({ connection }) => connection.on('error', () => undefined));
    }
  }

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Names the topics whose leaders are needed, and looks them up. */
  async follow(topics: readonly string[]): Promise<void> {
    this.#topics = topics;
    await this.refresh();
  }

  /** Looks the leaders up anew. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.admin
      .metadata({ topics: [...this.#topics], forceUpdate: true })
      .then((metadata) => {
        this.#metadata = metadata;
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    await this.#refreshing;
  }

  /** The cluster's own id, the same whatever broker is asked. */
  get id(): string {
    return this.#metadata?.id ?? '';
  }

  partitions(topic: string): number {
    return this.#metadata?.topics.get(topic)?.partitionsCount ?? 0;
  }

  leader(topic: string, partition: number): Leader {
    const found = this.#metadata?.topics.get(topic)?.partitions[partition];
    if (found === undefined || found.leader < 0) {
      throw new Error(`${topic}/${partition} has no leader at the moment`);
    }
    return { node: found.leader, epoch: found.leaderEpoch };
  }

  async connection(node: number, purpose: Purpose): Promise<Connection> {
    const broker = this.#metadata?.brokers.get(node);
    if (broker === undefined) throw new Error(`broker ${node} is not there at the moment`);
    return await this.#pools[purpose].get(broker);
  }

  /**
   * Does a piece of work, and again with fresh leaders while its failure may pass.
   * @throws TonearmError TNA_LOG_UNREACHABLE, TNA_LOG_DENIED
   */
  async retrying<T>(work: () => Promise<T>, retryMs: number = this.#retryMs): Promise<T> {
    const until = performance.now() + retryMs;
    let backoff = firstBackoffMs;
    for (;;) {
      try {
        if (this.closed) throw closedError();
        return await work();
      } catch (error) {
        if (this.closed) throw closedError();
        if (!isPassingError(error) || performance.now() + backoff > until) {
          throw asKafkaError(error, this.#location.brokers);
        }
        await this.pause(backoff);
        backoff = Math.min(longestBackoffMs, backoff * 2);
        await this.refresh().catch(() => undefined);
      }
    }
  }

  /** Waits, but not longer than the cluster is open. */
  async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.#stop.abort();
    for (const pool of Object.values(this.#pools)) await pool.close();
    await this.admin.close();
  }
}

export function closedError(): TonearmError {
  return new TonearmError('TNA_LOG_CLOSED', 'The log was closed while something still used it.', {
    remedy: 'This is a fault of Tonearm when it was not being stopped; please report it.',
  });
}

/** TLS and authentication as the client wants them. */
export function connectionOptions(location: KafkaLocation) {
  const { sasl, caFile } = location;
  const named = location.brokers.every((broker) => isIP(broker.replace(/:\d+$/, '')) === 0);
  return {
    ...(location.tls
      ? {
          tls: caFile === undefined ? {} : { ca: readAuthorities(caFile) },
          // Brokers behind one address tell clusters apart by this name; an address is no name.
          tlsServerName: named,
        }
      : {}),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  };
}

function readAuthorities(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TonearmError(
      'TNA_CONFIG_INVALID',
      `TONEARM_KAFKA_CA_FILE: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      { cause: error, remedy: 'Name a PEM file with the authority that signed the brokers.' },
    );
  }
}
