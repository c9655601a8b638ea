import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { openStore } from '../../src/lake/index.ts';
import { describeStore } from '../lake/store-contract.ts';
import { testS3Server } from '../services/test-services.ts';
import { s3Settings } from './s3-fixture.ts';

const { service, skip } = await testS3Server();
const open = (changes: Record<string, string> = {}) =>
  openStore(parseConfig(s3Settings(service, changes), '/').lake);

describeStore('the S3 store on versitygw', () => open(), { largeBytes: 40 * 1024 * 1024, skip });

test('a list of more than one page is whole', { skip }, async () => {
  const store = await open();
  const made = Array.from({ length: 1203 }, (_, index) => `plays/part-${index}`);
  for (let start = 0; start < made.length; start += 50) {
    await Promise.all(made.slice(start, start + 50).map((key) => store.put(key, Buffer.of(1))));
  }
  const found: string[] = [];
  for await (const { key } of store.list('plays')) found.push(key);
  assert.deepEqual(found.sort(), made.sort());
});

const refusals: [string, Record<string, string>, string][] = [
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 'TNA_LAKE_DENIED'],
  ['an unknown key', { AWS_ACCESS_KEY_ID: 'nobody' }, 'TNA_LAKE_DENIED'],
  ['a missing bucket', { TONEARM_LAKE: 's3://no-such-bucket/lake' }, 'TNA_LAKE_BUCKET_MISSING'],
  [
    'a server that is not there',
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', TONEARM_S3_TIMEOUT_SECONDS: '0.1' },
    'TNA_LAKE_UNREACHABLE',
  ],
];
for (const [what, changes, code] of refusals) {
  test(`${what} is one clear error`, { skip }, async () => {
    const store = await open(changes);
    for (const work of [
      () => store.get('plays/x'),
      () => store.put('plays/x', Buffer.of(1)),
      () => store.putIfAbsent('plays/x', Buffer.of(1)),
      async () => {
        for await (const _ of store.list('plays'));
      },
    ]) {
      await assert.rejects(work, (error: { code: string; message: string }) => {
        assert.equal(error.code, code);
        assert.ok(!error.message.includes(service!.secretAccessKey));
        return true;
      });
    }
  });
}
