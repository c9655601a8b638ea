import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../src/config.ts';

const flushMs = (environment: Record<string, string>): number =>
  parseConfig(environment, '/nowhere').flushMs;

test('a lake is written every 5 s, and every 60 s where each request is billed', () => {
  const bucket = { TONEARM_LAKE: 's3://bucket/lake', AWS_REGION: 'eu-central-1' };
  assert.equal(flushMs({}), 5000);
  assert.equal(flushMs(bucket), 60_000);
  assert.equal(flushMs({ ...bucket, TONEARM_S3_ENDPOINT: 'http://127.0.0.1:7070' }), 5000);
  assert.equal(flushMs({ ...bucket, TONEARM_FLUSH_SECONDS: '7' }), 7000);
});
