import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * What goes wrong with a request:
 * - `error`: 500 and nothing done; `slow-down`: 503 and nothing done
 * - `reset`: the connection breaks before anything is done
 * - `lost-reply`: the server does it, the answer never comes; `reset-reply`: then the connection breaks
 * - `trickle`: the answer comes a byte at a time, for ever
 * - `cut`: the connection breaks in the middle of the answer
 */
export type Fault =
  | 'error'
  | 'slow-down'
  | 'reset'
  | 'lost-reply'
  | 'reset-reply'
  | 'trickle'
  | 'cut';

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** How often each fault was done. */
  readonly faults: Partial<Record<Fault, number>>;
  /** Requests that came, in order: `PUT /bucket/key`. */
  readonly seen: readonly string[];
}

export interface FaultRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** From 0. */
  readonly number: number;
  /** How often the same method and path came before. */
  readonly repetition: number;
}

const trickleMs = 50;

/**
 * A proxy in front of an HTTP server that makes chosen requests fail. The request's `host` goes on
 * unchanged, since S3 signatures cover it.
 */
export async function startFaultProxy(
  t: TestContext,
  upstream: string,
  choose: (request: FaultRequest) => Fault | undefined,
): Promise<FaultProxy> {
  const target = new URL(upstream);
  const faults: Partial<Record<Fault, number>> = {};
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    const repetition = seen.filter((one) => one === line).length;
    const fault = choose({
      method: incoming.method!,
      path: incoming.url!,
      number: seen.length,
      repetition,
    });
    seen.push(line);
    if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    if (fault === 'reset') incoming.socket.destroy();
    else if (fault === 'error') refuse(incoming, outgoing, 500, 'InternalError');
    else if (fault === 'slow-down') refuse(incoming, outgoing, 503, 'SlowDown');
    else forward(target, incoming, outgoing, fault);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, faults, seen };
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  code: string,
): void {
  incoming.resume();
  incoming.on('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
}

function forward(
  target: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): void {
  const passed = request({
    host: target.hostname,
    port: target.port,
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
  });
  passed.on('error', () => outgoing.destroy());
  passed.on('response', (answer) => {
    answer.on('error', () => outgoing.destroy());
    if (fault === undefined) {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
      return;
    }
    answer.toArray().then(
      (chunks) => spoil(answer, Buffer.concat(chunks), outgoing, fault),
      () => outgoing.destroy(),
    );
  });
  incoming.pipe(passed);
}

/** The server has done its part; the answer goes wrong. */
function spoil(
  answer: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  fault: Fault,
): void {
  if (fault === 'lost-reply') return;
  if (fault === 'reset-reply') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode!, answer.headers);
  if (fault === 'cut') {
    outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.destroy());
    return;
  }
  outgoing.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    // The last byte never comes.
    if (sent >= body.length - 1) return;
    outgoing.write(body.subarray(sent, sent + 1));
    sent += 1;
  }, trickleMs);
  outgoing.on('close', () => clearInterval(timer));
}
