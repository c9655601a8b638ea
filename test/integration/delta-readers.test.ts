import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { dbtPython, hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { s3Statements } from '../../src/duckdb.ts';
import { compactTable } from '../../src/lake/compaction.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, rowsOfTable, temporaryConfig } from '../lake/lake-fixture.ts';
import { testS3Server } from '../services/test-services.ts';
import { s3Settings } from './s3-fixture.ts';

const script = `
import json, os, sys, glob
import duckdb
from deltalake import DeltaTable, QueryBuilder
path = sys.argv[1]
options = json.loads(sys.argv[3])
table = DeltaTable(path, storage_options=options or None)
connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
import duckdb_extension_delta
extension = glob.glob(os.path.join(os.path.dirname(duckdb_extension_delta.__file__), "**", "delta.duckdb_extension"), recursive=True)[0]
connection.execute(f"load '{extension}'")
connection.execute("set timezone = 'UTC'")
for statement in json.loads(sys.stdin.read() or '[]'):
    connection.execute(statement)
scan = f"delta_scan('{path}')"
ids = connection.execute(f"select event_id, _partition, _offset, timestamp::varchar, month, hour from {scan} order by all").fetchall()
answer = QueryBuilder().register("plays", table).execute("select event_id from plays order by event_id").read_all()
delta_rs = [value.as_py() for value in answer["event_id"]]
print(json.dumps({
  "version": table.version(),
  "files": len(table.file_uris()),
  "position": table.transaction_version(sys.argv[2]),
  "partitions": table.metadata().partition_columns,
  "columns": sorted(field.name for field in table.schema().fields),
  "delta_rs": delta_rs,
  "rows": [[str(cell) for cell in row] for row in ids],
}))
`;

const { service, skip: noServer } = await testS3Server();
const noPython =
  !hasPythonEnvironment() &&
  'the Python environment is missing: node scripts/python-environment.mjs';

/** What delta-rs needs to open a table in the bucket of the test server. */
const deltaRsOptions = {
  aws_endpoint: service?.endpoint,
  aws_access_key_id: service?.accessKeyId,
  aws_secret_access_key: service?.secretAccessKey,
  aws_region: service?.region,
  aws_allow_http: 'true',
};

test(
  'delta-rs and DuckDB’s delta extension read the table row for row, checkpoint and compaction included',
  {
    skip: noPython,
  },
  (t) => readWithOthers(t, {}, {}),
);

test('they read it from a bucket as well', { skip: noPython || noServer }, (t) =>
  readWithOthers(t, s3Settings(service), deltaRsOptions),
);

async function readWithOthers(
  t: TestContext,
  settings: Record<string, string>,
  options: Record<string, string | undefined>,
): Promise<void> {
  const config = await temporaryConfig(t, settings);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let round = 0; round < 55; round += 1) {
    await simulateHistory(
      { seed: round, users: 5, tracks: 50, events: 60 },
      producerOutput(producer),
    );
    await drain(config, log, lake);
  }
  await compactTable(lake.tables.plays);
  await simulateHistory({ seed: 99, users: 5, tracks: 50, events: 60 }, producerOutput(producer));
  await drain(config, log, lake);

  const [id] = [...lake.tables.plays.log.state.transactions.keys()] as [string];
  const access = await lake.store.readerAccess();
  const done = spawnSync(
    dbtPython,
    ['-c', script, lake.store.location('plays'), id, JSON.stringify(options)],
    {
      encoding: 'utf8',
      input: JSON.stringify(access === undefined ? [] : s3Statements(access)),
    },
  );
  assert.equal(done.status, 0, done.stderr);
  const read = JSON.parse(done.stdout);
  const { state } = lake.tables.plays.log;
  const own = await rowsOfTable(
    lake,
    'plays',
    'select event_id, _partition, _offset, timestamp::varchar as timestamp, month::integer as month, hour::integer as hour from files order by all',
  );
  assert.equal(read.version, state.version);
  assert.ok(state.version > 50, 'a checkpoint was written');
  assert.equal(read.files, state.files.size);
  assert.equal(read.position, state.transactions.get(id)?.version);
  assert.deepEqual(read.partitions, ['year', 'month', 'day', 'hour']);
  assert.deepEqual(
    read.delta_rs,
    own.map((row) => row.event_id),
  );
  assert.deepEqual(
    read.rows,
    own.map((row) => Object.values(row).map(String)),
  );
}
