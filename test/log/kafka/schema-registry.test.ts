import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parseKafkaLocation } from '../../../src/log/kafka/location.ts';
import { CommittedBatches } from '../../../src/log/kafka/record-batches.ts';
import { frameBatch, KafkaRecordWriter } from '../../../src/log/kafka/record-writer.ts';
import { KafkaRecords } from '../../../src/log/kafka/records.ts';
import { SchemaRegistry } from '../../../src/log/kafka/schema-registry.ts';

/** A server that answers each request as told, and keeps what it was asked. */
async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    answer(request, body, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const registryAt = (url: string, password?: string) =>
  parseKafkaLocation('kafka://broker', { registryUrl: url, registryPassword: password })
    .schemaRegistry!;

test('each topic’s JSON Schema is registered and its id stands before the values', async (t) => {
  const asked: { path?: string; login?: string; schemaType: string; title: string }[] = [];
  const host = await serve(t, (request, body, response) => {
    const { schemaType, schema } = JSON.parse(body);
    const { url: path, headers } = request;
    asked.push({ path, login: headers.authorization, schemaType, title: JSON.parse(schema).$id });
    response.end(JSON.stringify({ id: 258 }));
  });
  const registry = new SchemaRegistry(registryAt(`http://ana@${host}/ccompat/`, 'hunter2'));
  const prefixes = await registry.prefixes(['likes']);
  assert.deepEqual([...prefixes.get('likes')!], [0, 0, 0, 1, 2]);
  assert.deepEqual(asked, [
    {
      path: '/ccompat/subjects/likes-value/versions',
      login: `Basic ${Buffer.from('ana:hunter2').toString('base64')}`,
      schemaType: 'JSON',
      title: 'urn:tonearm:contract:likes:1',
    },
  ]);
});

test('a registry that refuses or is not there is named with its reason, without the password', async (t) => {
  const host = await serve(t, (_request, _body, response) => {
    response.statusCode = 409;
    response.end(JSON.stringify({ error_code: 409, message: 'Schema is incompatible.' }));
  });
  for (const [url, reason] of [
    [`http://ana:hunter2@${host}`, /plays.*409: Schema is incompatible\./],
    ['http://ana:hunter2@127.0.0.1:1', /127\.0\.0\.1:1/],
  ] as const) {
    await assert.rejects(
      new SchemaRegistry(registryAt(url)).prefixes(['plays']),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'TNA_LOG_SCHEMA_REGISTRY');
        assert.match(error.message, reason);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});

test('values come back without what stands before them; null and foreign values as they are', () => {
  const writer = new KafkaRecordWriter(Uint8Array.of(0, 0, 0, 0, 9));
  writer.add('k', '{"a":1}', 1, []);
  writer.add('k', null, 1, []);
  writer.add('k', '', 1, []);
  const foreign = new KafkaRecordWriter();
  foreign.add('k', '{"b":2}', 1, []);
  const read = [writer, foreign].flatMap((one) => {
    const frame = frameBatch(one.take(), { id: 1n, epoch: 0, sequence: 0 });
    const { batch } = new CommittedBatches(frame, []).next()!;
    const taken = [{ batch, records: batch.records() }];
    const records = new KafkaRecords('plays', 0, taken, 0, 3, true);
    return Array.from({ length: records.count }, (_, index) => records.value(index));
  });
  assert.deepEqual(
    read.map((value) => value && Buffer.from(value).toString()),
    ['{"a":1}', null, '', '{"b":2}'],
  );
});
