import type { ServerResponse } from 'node:http';
import type { LiveSnapshot, LiveView } from '../live/index.ts';

/** Snapshots are at least this far apart, ms. */
const paceMs = 50;
/** Sending them to everybody takes at most this share of the time: with many clients they come further apart. */
const sendingShare = 0.2;
const heartbeatMs = 10_000;
const retryMs = 2000;
/** A client that takes nothing for so many heartbeats is not reading: its connection is closed. */
const stalledHeartbeats = 6;
const heartbeat = Buffer.from('event: heartbeat\ndata: {}\n\n');

/** Those who see the same of the live view. */
export interface Audience {
  readonly key: string;
  readonly view: (snapshot: LiveSnapshot) => LiveSnapshot;
}

export const everything: Audience = { key: '*', view: (snapshot) => snapshot };

interface Client {
  readonly response: ServerResponse;
  readonly audience: Audience;
  /** False once the client may see no more, after signing out for example. */
  readonly isAllowed: () => boolean;
  /** Its connection takes no more for now; it will get the newest snapshot once it does. */
  stalled: boolean;
  missed: boolean;
  /** Heartbeats that came while it was stalled. */
  idleHeartbeats: number;
}

/**
 * Server-sent events of the live view. A snapshot is encoded once for all who see the same, and its bytes are
 * shared by them. A client that reads slowly gets the newest one when it is ready: nothing queues up for it.
 */
export class LiveStream {
  readonly #view: Pick<LiveView, 'snapshot' | 'onChange'>;
  readonly #clients = new Set<Client>();
  #sequence = 0;
  #snapshot: LiveSnapshot | undefined;
  /** What the snapshot became for each audience. */
  readonly #frames = new Map<string, Buffer>();
  #nextSend = Number.NEGATIVE_INFINITY;
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
  add(
    response: ServerResponse,
    headers: Record<string, string>,
    audience = everything,
    isAllowed = () => true,
  ): void {
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const client: Client = {
      response,
      audience,
      isAllowed,
      stalled: false,
      missed: false,
      idleHeartbeats: 0,
    };
    if (this.#clients.size === 0) this.#listen();
    this.#snapshot = undefined;
    this.#clients.add(client);
    response.on('drain', () => {
      client.stalled = false;
      client.idleHeartbeats = 0;
      if (client.missed) this.#send(client, this.#current(client.audience));
    });
    response.on('error', () => this.#remove(client));
    response.on('close', () => this.#remove(client));
    this.#write(client, Buffer.from(`retry: ${retryMs}\n\n`));
    this.#send(client, this.#current(audience));
  }

  /** Ends every client's stream. */
  close(): void {
    for (const client of [...this.#clients]) {
      this.#remove(client);
      client.response.end();
    }
  }

  #listen(): void {
    this.#snapshot = undefined;
    this.#unsubscribe = this.#view.onChange(() => {
      this.#snapshot = undefined;
      this.#schedule();
    });
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) this.#beat(client);
    }, heartbeatMs);
    this.#heartbeat.unref();
  }

  #beat(client: Client): void {
    client.idleHeartbeats += client.stalled ? 1 : 0;
    if (!client.isAllowed()) client.response.end();
    else if (client.idleHeartbeats >= stalledHeartbeats) client.response.destroy();
    else if (!client.stalled) this.#write(client, heartbeat);
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    this.#unsubscribe?.();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#snapshot = undefined;
    this.#frames.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const pause = Math.max(0, this.#nextSend - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const began = performance.now();
      for (const client of this.#clients) this.#send(client, this.#current(client.audience));
      const took = performance.now() - began;
      this.#nextSend = began + Math.max(paceMs, took / sendingShare);
    }, pause);
    this.#timer.unref();
  }

  /** The newest snapshot as an event: made anew only when something has changed since. */
  #current({ key, view }: Audience): Buffer {
    if (this.#snapshot === undefined) {
      this.#sequence += 1;
      this.#snapshot = this.#view.snapshot();
      this.#frames.clear();
    }
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const data = JSON.stringify(view(this.#snapshot));
      frame = Buffer.from(`id: ${this.#sequence}\nevent: live\ndata: ${data}\n\n`);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #send(client: Client, bytes: Buffer): void {
    client.missed = client.stalled;
    if (!client.stalled) this.#write(client, bytes);
  }

  #write(client: Client, bytes: Buffer): void {
    if (!client.response.write(bytes)) client.stalled = true;
  }
}
