import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import type { S3Location } from '../../src/lake/s3-location.ts';

const read = (env: Record<string, string>) =>
  parseConfig({ TONEARM_LAKE: 's3://bucket/a/b/', ...env }, '/').lake as S3Location;

test('the lake’s URL names bucket and prefix', () => {
  assert.deepEqual(read({}), { kind: 's3', bucket: 'bucket', prefix: 'a/b', requestMs: 20_000 });
  assert.equal(read({ TONEARM_LAKE: 's3://my.bucket-1' }).prefix, '');
});

test('the endpoint is Tonearm’s own setting, else that of AWS’s tools', () => {
  const all = {
    TONEARM_S3_ENDPOINT: 'http://127.0.0.1:1/',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2',
    AWS_ENDPOINT_URL: 'https://store.example:3',
  };
  assert.equal(read(all).endpoint, 'http://127.0.0.1:1');
  assert.equal(read({ ...all, TONEARM_S3_ENDPOINT: '' }).endpoint, 'http://127.0.0.1:2');
  assert.equal(
    read({ AWS_ENDPOINT_URL: all.AWS_ENDPOINT_URL }).endpoint,
    'https://store.example:3',
  );
});

test('keys come from the environment, unless a profile is named: then the AWS SDK finds them', () => {
  const keys = {
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
  };
  assert.equal(read(keys).credentials?.accessKeyId, 'id');
  assert.equal(read(keys).region, 'eu-west-1');
  assert.equal(read({ ...keys, AWS_PROFILE: 'mine' }).credentials, undefined);
  assert.equal(read({ AWS_ACCESS_KEY_ID: 'id' }).credentials, undefined);
});

test('a location that cannot be is refused in one sentence', () => {
  const wrong: Record<string, string>[] = [
    { TONEARM_LAKE: 's3://' },
    { TONEARM_LAKE: 's3://Bucket/x' },
    { TONEARM_LAKE: 's3://user:secret@bucket/x' },
    { TONEARM_LAKE: 's3://bucket/a/../b' },
    { TONEARM_S3_ENDPOINT: 'store.example' },
    { TONEARM_S3_ENDPOINT: 'https://user:secret@store.example' },
  ];
  for (const env of wrong) {
    assert.throws(
      () => read(env),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, 'TNA_CONFIG_INVALID', JSON.stringify(env));
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
  }
});
