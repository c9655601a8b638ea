import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { profiles, warehouseEnvironment } from '../../src/warehouse/profiles.ts';
import { foldersToRefresh, pathInBucket } from '../../src/warehouse/snowflake/lake-sync.ts';
import { setupStatements } from '../../src/warehouse/snowflake/setup.ts';
import { unloadStatement } from '../../src/warehouse/snowflake/unload.ts';

const settings = {
  TONEARM_LAKE: 's3://music/lake',
  TONEARM_WAREHOUSE: 'snowflake://acme-eu1/tonearm',
  TONEARM_SNOWFLAKE_USER: 'pipeline',
  TONEARM_SNOWFLAKE_PASSWORD: 'a secret',
};
const parse = (changes: Record<string, string | undefined> = {}) =>
  parseConfig({ ...settings, ...changes }, '/tmp');

test('names of Snowflake follow from the database, and can be set', () => {
  const { warehouse } = parse();
  assert.ok(warehouse.kind === 'snowflake');
  assert.equal(warehouse.role, 'TONEARM_TRANSFORM');
  assert.equal(warehouse.warehouse, 'TONEARM_WH');
  const other = parse({ TONEARM_SNOWFLAKE_ROLE: 'builder' }).warehouse;
  assert.equal(other.kind === 'snowflake' && other.role, 'BUILDER');
});

test('what cannot be a warehouse in Snowflake is refused in one sentence', () => {
  const wrong: [Record<string, string | undefined>, RegExp][] = [
    [{ TONEARM_WAREHOUSE: 'snowflake://acme' }, /not of the form/],
    [{ TONEARM_WAREHOUSE: 'snowflake://me:pw@acme/db' }, /holds a user/],
    [{ TONEARM_WAREHOUSE: 'snowflake://acme/a;drop' }, /no plain name/],
    [{ TONEARM_SNOWFLAKE_USER: undefined }, /TONEARM_SNOWFLAKE_USER is not set/],
    [{ TONEARM_SNOWFLAKE_PASSWORD: undefined }, /neither a private key nor a password/],
    [{ TONEARM_LAKE: undefined }, /cannot read a lake in a folder/],
    [{ TONEARM_SNOWFLAKE_URL: 'ftp://x' }, /TONEARM_SNOWFLAKE_URL/],
  ];
  for (const [changes, message] of wrong) {
    assert.throws(() => parse(changes), { code: 'TNA_CONFIG_INVALID', message });
  }
});

test('no secret is in the profile of dbt', () => {
  const config = parse();
  assert.doesNotMatch(profiles(config), /a secret/);
  assert.match(profiles(config), /type: snowflake/);
  assert.deepEqual(warehouseEnvironment(config.warehouse, 'tag'), {
    TONEARM_QUERY_TAG: 'tag',
    DBT_ENV_SECRET_SNOWFLAKE_PASSWORD: 'a secret',
  });
  const withKey = parse({ TONEARM_SNOWFLAKE_PRIVATE_KEY_FILE: 'key.p8' });
  assert.match(profiles(withKey), /private_key_path: "\/tmp\/key.p8"/);
  assert.doesNotMatch(profiles(withKey), /password/);
});

test('few changed hours are refreshed one by one, many by day or month', () => {
  const path = (day: number, hour: number) =>
    `s3://music/lake/plays/year=2025/month=11/day=${String(day).padStart(2, '0')}/hour=${String(hour).padStart(2, '0')}/part.parquet`;
  assert.deepEqual(foldersToRefresh([path(18, 14), path(18, 14)]), [
    'year=2025/month=11/day=18/hour=14/',
  ]);
  const hours = Array.from({ length: 48 }, (_, hour) => path(1 + Math.floor(hour / 24), hour % 24));
  assert.deepEqual(foldersToRefresh(hours), [
    'year=2025/month=11/day=01/',
    'year=2025/month=11/day=02/',
  ]);
  const days = Array.from({ length: 30 }, (_, day) => path(day + 1, 3));
  assert.deepEqual(foldersToRefresh(days), ['year=2025/month=11/']);
  assert.deepEqual(foldersToRefresh([]), []);
});

test('a path is that of the bucket, as external tables tell it', () => {
  assert.equal(pathInBucket('s3://music/lake/plays/a.parquet'), 'lake/plays/a.parquet');
});

test('times leave Snowflake as UTC without a zone, which is all that it writes to Parquet', () => {
  const columns = [
    { name: 'started_at', type: 'timestamptz' },
    { name: 'plays', type: 'bigint' },
  ];
  const sql = unloadStatement('TONEARM', { name: 'wrapped', columns }, 'v1');
  assert.match(sql, /convert_timezone\('UTC', started_at\)::timestamp_ntz as started_at, plays/);
});

test('a name that would end its literal is refused before anything is run', async () => {
  const names = {
    database: 'TONEARM',
    warehouse: 'W',
    role: 'R',
    user: 'U',
    credits: 1,
    storage_role: "arn'; drop database x; --",
    lake: 's3://music/lake/',
  };
  await assert.rejects(setupStatements(names), { code: 'TNA_USAGE' });
});
