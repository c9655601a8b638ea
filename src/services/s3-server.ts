import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeDirectory } from '../disk-errors.ts';
import { freePorts } from './free-port.ts';
import { installS3Server } from './s3-installation.ts';
import { killService, livingPid, readRecord, startDetached, stopService } from './service.ts';

const startTimeoutMs = 30_000;
const accessKey = 'tonearm';
const bucket = 'tonearm';
const healthPath = '/health';

export interface S3Service {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  readonly pid: number;
  /** A bucket that is there. */
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Folder whose subfolders are the buckets. */
  readonly dataDirectory: string;
  /** Settings that make Tonearm use it. */
  readonly env: {
    readonly TONEARM_LAKE: string;
    readonly AWS_ENDPOINT_URL: string;
    readonly AWS_ACCESS_KEY_ID: string;
    readonly AWS_SECRET_ACCESS_KEY: string;
    readonly AWS_REGION: string;
  };
  /** Stops the server; its data stays. */
  stop(): Promise<void>;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
}

export interface S3ServiceOptions {
  /** Absolute folder of its data, port and log; made when missing, used again when there. */
  readonly directory: string;
  /** Folder of downloaded programs: `config.cacheDirectory`. */
  readonly cache: string;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts an S3 server (versitygw over a folder) on loopback, or finds the one that already runs there. It
 * outlives this process: call `stop`. The first start builds the program, chooses a free port and a secret,
 * and makes the bucket.
 * @throws TonearmError TNA_SERVICE_PROGRAM_MISSING, TNA_SERVICE_INSTALL_FAILED, TNA_SERVICE_START_FAILED
 */
export async function startS3Server(options: S3ServiceOptions): Promise<S3Service> {
  const { directory, say, signal } = options;
  const program = await installS3Server(options.cache, { say, signal });
  const remembered = await readRecord(directory);
  const ports = remembered?.ports ?? (await freePorts(1));
  const secret = remembered?.secret ?? randomBytes(18).toString('base64url');
  const living = await livingPid(directory);
  if (living !== undefined) return describeS3(directory, ports[0]!, secret, living);
  // With this back end a bucket is a folder.
  makeDirectory(join(directory, 'data', bucket));
  say?.(`Starting the S3 server on 127.0.0.1:${ports[0]} …`);
  const pid = await startDetached({
    name: 'The S3 server',
    directory,
    record: { ports, secret },
    program,
    args: [
      '--quiet',
      '--port',
      `127.0.0.1:${ports[0]}`,
      '--health',
      healthPath,
      'posix',
      join(directory, 'data'),
    ],
    // Not as arguments: those are for every user of the machine to see.
    env: { ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secret },
    isHealthy: () => answers(ports[0]!),
    timeoutMs: startTimeoutMs,
  });
  return describeS3(directory, ports[0]!, secret, pid);
}

/** The S3 server of a folder when it runs and answers. */
export async function findS3Server(directory: string): Promise<S3Service | undefined> {
  const pid = await livingPid(directory);
  const record = await readRecord(directory);
  if (pid === undefined || record?.secret === undefined) return undefined;
  if (!(await answers(record.ports[0]!).catch(() => false))) return undefined;
  return describeS3(directory, record.ports[0]!, record.secret, pid);
}

function describeS3(directory: string, port: number, secret: string, pid: number): S3Service {
  const endpoint = `http://127.0.0.1:${port}`;
  const region = 'us-east-1';
  return {
    endpoint,
    port,
    pid,
    bucket,
    accessKeyId: accessKey,
    secretAccessKey: secret,
    region,
    dataDirectory: join(directory, 'data'),
    env: {
      TONEARM_LAKE: `s3://${bucket}/lake`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: region,
    },
    stop: async () => {
      await stopService(directory);
    },
    kill: () => killService(directory),
  };
}

async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${healthPath}`, {
    signal: AbortSignal.timeout(2000),
  });
  return response.ok;
}
