import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { runSchemathesis } from '../serving/schemathesis.ts';

test('the API answers as its OpenAPI document says, to right and wrong requests', async (t) => {
  if (!hasPythonEnvironment('schemathesis')) {
    return t.skip('Schemathesis is missing: node scripts/python-environment.mjs schemathesis');
  }
  const { failed, report } = await runSchemathesis({ seconds: 40, examples: 8, seed: 1 });
  assert.ok(!failed, report);
  assert.match(report, /\d+ generated/);
});
