import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctor } from '../../src/commands/doctor.ts';
import { openLake, openStore } from '../../src/lake/index.ts';
import { startCarelessS3Server } from './careless-s3-server.ts';
import { temporaryConfig } from './lake-fixture.ts';

const settings = (endpoint: string) => ({
  TONEARM_LAKE: 's3://careless/lake',
  TONEARM_S3_ENDPOINT: endpoint,
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
});

for (const [care, what] of [
  ['none', 'ignores the condition'],
  ['no-lock', 'looks at the condition without a lock'],
] as const) {
  test(`a server that ${what} is refused before anything is stored, and doctor says so`, async (t) => {
    const endpoint = await startCarelessS3Server(t, care);
    const config = await temporaryConfig(t, settings(endpoint));
    await assert.rejects(openLake(config, Date.now), { code: 'TNA_LAKE_NOT_ATOMIC' });
    const store = await openStore(config.lake);
    assert.equal(await store.get('plays/_delta_log/00000000000000000000.json'), undefined);
    const { result, exitCode } = await doctor({
      config,
      clock: Date.now,
      signal: new AbortController().signal,
      json: true,
      say: () => undefined,
      progress: () => undefined,
    });
    assert.equal(exitCode, 1);
    const { findings } = result as {
      findings: { check: string; status: string; detail: string; remedy?: string }[];
    };
    const finding = findings.find((one) => one.check === 'lake')!;
    assert.equal(finding.status, 'fail');
    assert.match(finding.detail, /s3:\/\/careless\/lake\/ does not honour put-if-absent/);
    assert.match(finding.remedy!, /If-None-Match/);
  });
}
