import type { ServerResponse } from 'node:http';
import type { LiveView } from '../live/index.ts';

/** Snapshots are at least this far apart. */
const paceMs = 150;
const heartbeatMs = 10_000;
const retryMs = 2000;
/** A client that takes nothing for so many heartbeats is not reading: its connection is closed. */
const stalledHeartbeats = 6;
const heartbeat = Buffer.from('event: heartbeat\ndata: {}\n\n');

interface Client {
  readonly response: ServerResponse;
  /** Its connection takes no more for now; it will get the newest snapshot once it does. */
  stalled: boolean;
  missed: boolean;
  /** Heartbeats that came while it was stalled. */
  idleHeartbeats: number;
}

/**
 * Server-sent events of the live view. A snapshot is encoded once and its bytes are shared by
 * all clients. A client that reads slowly gets the newest one when it is ready: nothing queues up for it.
 */
export class LiveStream {
  readonly #view: Pick<LiveView, 'snapshot' | 'onChange'>;
  readonly #clients = new Set<Client>();
  #sequence = 0;
  #frame: { bytes: Buffer; dirty: boolean } | undefined;
  #lastSent = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(view: Pick<LiveView, 'snapshot' | 'onChange'>) {
    this.#view = view;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Takes over a response and keeps it until the client goes away or the stream is closed. */
  add(response: ServerResponse, headers: Record<string, string>): void {
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const client: Client = { response, stalled: false, missed: false, idleHeartbeats: 0 };
    if (this.#clients.size === 0) this.#listen();
    if (this.#frame !== undefined) this.#frame.dirty = true;
    this.#clients.add(client);
    response.on('drain', () => {
      client.stalled = false;
      client.idleHeartbeats = 0;
      if (client.missed) this.#send(client, this.#current());
    });
    response.on('error', () => this.#remove(client));
    response.on('close', () => this.#remove(client));
    this.#write(client, Buffer.from(`retry: ${retryMs}\n\n`));
    this.#send(client, this.#current());
  }

  /** Ends every client's stream. */
  close(): void {
    for (const client of [...this.#clients]) {
      this.#remove(client);
      client.response.end();
    }
  }

  #listen(): void {
    this.#frame = undefined;
    this.#unsubscribe = this.#view.onChange(() => {
      if (this.#frame !== undefined) this.#frame.dirty = true;
      this.#schedule();
    });
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) this.#beat(client);
    }, heartbeatMs);
    this.#heartbeat.unref();
  }

  #beat(client: Client): void {
    client.idleHeartbeats += client.stalled ? 1 : 0;
    if (client.idleHeartbeats >= stalledHeartbeats) client.response.destroy();
    else if (!client.stalled) this.#write(client, heartbeat);
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    this.#unsubscribe?.();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#frame = undefined;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const pause = Math.max(0, this.#lastSent + paceMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastSent = performance.now();
      const bytes = this.#current();
      for (const client of this.#clients) this.#send(client, bytes);
    }, pause);
    this.#timer.unref();
  }

  /** The newest snapshot as an event: made anew only when something has changed since. */
  #current(): Buffer {
    if (this.#frame === undefined || this.#frame.dirty) {
      this.#sequence += 1;
      const data = JSON.stringify(this.#view.snapshot());
      const bytes = Buffer.from(`id: ${this.#sequence}\nevent: live\ndata: ${data}\n\n`);
      this.#frame = { bytes, dirty: false };
    }
    return this.#frame.bytes;
  }

  #send(client: Client, bytes: Buffer): void {
    client.missed = client.stalled;
    if (!client.stalled) this.#write(client, bytes);
  }

  #write(client: Client, bytes: Buffer): void {
    if (!client.response.write(bytes)) client.stalled = true;
  }
}
