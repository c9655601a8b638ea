import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { LiveSnapshot } from '../../src/live/index.ts';
import { LiveStream } from '../../src/serving/live-stream.ts';

/** A view whose snapshot is a number and some weight. */
class CountingView {
  count = 0;
  snapshots = 0;
  weight = '';
  readonly listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  snapshot(): LiveSnapshot {
    this.snapshots += 1;
    return { behind_records: this.count, now: this.weight } as LiveSnapshot;
  }

  change(): void {
    this.count += 1;
    for (const listener of this.listeners) listener();
  }
}

/** The events of a response, in order. */
async function* eventsOf(response: IncomingMessage) {
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field('event') === 'live') {
        const { behind_records: count } = JSON.parse(field('data') ?? '') as LiveSnapshot;
        yield { id: Number(field('id')), count };
      }
    }
  }
}

describe('the live stream', () => {
  let view: CountingView;
  let stream: LiveStream;
  let server: Server;

  beforeEach(async () => {
    view = new CountingView();
    stream = new LiveStream(view);
    server = createServer((_request, response) => stream.add(response, { 'x-test': 'kept' }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    stream.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function connect(): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const [response] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
      IncomingMessage,
    ];
    response.setEncoding('utf8');
    return response;
  }

  test('a client gets a snapshot at once and another after a change', async () => {
    const response = await connect();
    assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(response.headers['x-test'], 'kept');
    const events = eventsOf(response);
    assert.deepEqual((await events.next()).value, { id: 1, count: 0 });
    view.change();
    assert.deepEqual((await events.next()).value, { id: 2, count: 1 });
  });

  test('a burst of changes is one event with the newest state', async () => {
    const events = eventsOf(await connect());
    await events.next();
    view.change();
    await events.next();
    for (let times = 0; times < 1000; times += 1) view.change();
    assert.deepEqual((await events.next()).value, { id: 3, count: 1001 });
  });

  test('all clients get the same snapshot, made once', async () => {
    const clients = [];
    for (let index = 0; index < 5; index += 1) clients.push(eventsOf(await connect()));
    for (const client of clients) await client.next();
    const before = view.snapshots;
    view.change();
    const answers = await Promise.all(clients.map((client) => client.next()));
    assert.equal(view.snapshots, before + 1);
    assert.equal(new Set(answers.map(({ value }) => value?.id)).size, 1);
  });

  test('a stalled client costs others nothing and gets the newest snapshot when it reads again', async () => {
    view.weight = 'x'.repeat(1_000_000);
    const stalled = await connect();
    stalled.pause();
    const reading = eventsOf(await connect());
    await reading.next();
    let last = 0;
    for (let times = 0; times < 20; times += 1) {
      view.change();
      last = (await reading.next()).value?.count ?? last;
    }
    assert.equal(last, 20);
    const seen: number[] = [];
    for await (const { count } of eventsOf(stalled)) {
      seen.push(count);
      if (count === 20) break;
    }
    assert.ok(seen.length < 15, `the stalled client was sent ${seen.length} of 21 snapshots`);
  });

  test('a client that goes away is released, and nobody listens to the view any more', async () => {
    const one = await connect();
    const other = await connect();
    assert.equal(stream.clients, 2);
    one.destroy();
    other.destroy();
    while (stream.clients > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(view.listeners.size, 0);
    view.change();
    const again = eventsOf(await connect());
    assert.equal((await again.next()).value?.count, 1);
  });

  test('closing ends every stream', async () => {
    const response = await connect();
    response.resume();
    stream.close();
    await once(response, 'end');
    assert.equal(stream.clients, 0);
  });
});
