import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { runSchemathesis } from '../serving/schemathesis.ts';

test('the API answers as its OpenAPI document says for ten minutes of other requests each time', async (t) => {
  if (!hasPythonEnvironment('schemathesis')) {
    return t.skip('Schemathesis is missing: node scripts/python-environment.mjs schemathesis');
  }
  const { failed, report } = await runSchemathesis({ seconds: 600, examples: 500 });
  assert.ok(!failed, report);
});
