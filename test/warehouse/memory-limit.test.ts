import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { profiles } from '../../src/warehouse/profiles.ts';

test('a build holds 3 GB in memory at most, or what the setting says', () => {
  assert.match(profiles(parseConfig({}, '/tmp')), /\n {8}memory_limit: "3GB"\n/);
  const small = parseConfig({ TONEARM_WAREHOUSE_MEMORY: '750MB' }, '/tmp');
  assert.match(profiles(small), /memory_limit: "750MB"/);
  for (const wrong of ['3', 'much', '80%', '3GB; drop table x'])
    assert.throws(() => parseConfig({ TONEARM_WAREHOUSE_MEMORY: wrong }, '/tmp'), {
      code: 'TNA_CONFIG_INVALID',
      message: /TONEARM_WAREHOUSE_MEMORY.*a size such as 3GB/s,
    });
});
