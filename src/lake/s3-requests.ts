import { addAbortSignal, type Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { asLakeError, isPassing, S3Timeout } from './s3-errors.ts';
import type { S3Location } from './s3-location.ts';

/** A body that moves slower than this counts as standing still. Bytes a second. */
const slowestRate = 256 * 1024;
/** All tries of a request together take at most this many times the time for one. */
const triesInTime = 6;

/** One try of a request. */
export interface Attempt {
  readonly client: S3Client;
  /** Aborted when the time of this try is over. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly number: number;
  /** Gives the try the time that a body of so many bytes may take. */
  allowFor(bytes: number): void;
}

/**
 * Sends requests to the object store: each try has a deadline that a trickle of bytes doesn't move,
 * passing failures are tried again with backoff and jitter for a limited time, and what is left
 * becomes an error that a person can act on.
 */
export class S3Requests {
  readonly client: S3Client;
  readonly #location: S3Location;

  constructor(location: S3Location) {
    this.#location = location;
    const { endpoint, credentials, requestMs } = location;
    const region = location.region ?? (endpoint === undefined ? undefined : 'us-east-1');
    this.client = new S3Client({
      maxAttempts: 1,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: usesPathStyle(location) }),
      ...(credentials === undefined ? {} : { credentials }),
      requestHandler: {
        connectionTimeout: Math.min(requestMs, 5000),
        socketTimeout: requestMs,
        httpAgent: { keepAlive: true, maxSockets: 64 },
        httpsAgent: { keepAlive: true, maxSockets: 64 },
      },
    });
  }

  /**
   * @param doing the request in words, for the error: `read s3://bucket/key`.
   * @param bytes length of the request's body.
   */
  async run<T>(doing: string, work: (attempt: Attempt) => Promise<T>, bytes = 0): Promise<T> {
    const { requestMs } = this.#location;
    try {
      return await pRetry(
        (number) =>
          withDeadline(requestMs, async (deadline) => {
            deadline.extend(bytes);
            return await work({
              client: this.client,
              number,
              signal: deadline.signal,
              allowFor: (more) => deadline.extend(more),
            });
          }),
        {
          retries: 40,
          minTimeout: 50,
          maxTimeout: Math.min(5000, requestMs),
          factor: 2,
          randomize: true,
          maxRetryTime: triesInTime * requestMs + 2 * timeFor(bytes),
          shouldRetry: ({ error }) => isPassing(error),
        },
      );
    } catch (error) {
      throw asLakeError(error, doing, this.#location);
    }
  }
}

/** Servers other than AWS seldom have a host name for each bucket. */
export const usesPathStyle = ({ endpoint }: S3Location): boolean =>
  endpoint !== undefined && !new URL(endpoint).hostname.endsWith('.amazonaws.com');

/** Time that a body may take at least, ms. */
const timeFor = (bytes: number): number => (bytes / slowestRate) * 1000;

interface Deadline {
  readonly signal: AbortSignal;
  extend(bytes: number): void;
}

/** Fails when the work takes longer, whether or not it heeds the signal. */
async function withDeadline<T>(ms: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const extend = (bytes: number) => {
        const time = ms + timeFor(bytes);
        clearTimeout(timer);
        timer = setTimeout(() => {
          const error = new S3Timeout(time);
          reject(error);
          controller.abort(error);
        }, time);
      };
      extend(0);
      work({ signal: controller.signal, extend }).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body of an answer. */
export async function readBody(body: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of addAbortSignal(signal, body)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
