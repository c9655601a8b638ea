import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { parseConfig } from '../../src/config.ts';
import { fitMethod } from '../../src/recommend/methods.ts';
import { portableMethod } from '../../src/recommend/validation.ts';
import { recommendStep } from '../../src/recommend-step.ts';
import {
  modelsPath,
  RecommendationStore,
  readModels,
  startDbtRunner,
  writeModels,
} from '../../src/warehouse/index.ts';
import type { ModelFile } from '../../src/warehouse/kept-models.ts';
import { dbtTarget } from '../../src/warehouse/profiles.ts';
import { drain, event, openParts } from '../lake/lake-fixture.ts';
import { madeUpPlays } from '../recommend/made-up-plays.ts';
import { changedProject } from './changed-project.ts';

const day = Date.UTC(2025, 4, 1);
const { signal } = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'tonearm-recommend-'));
after(() => rm(folder, { recursive: true, force: true }));
const config = parseConfig({ TONEARM_DATA: folder }, folder);

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(config.warehouse.path);
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowObjectsJS() as Record<string, unknown>[];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

test('SQL and TypeScript score alike, the choice is made once a day, lists are renewed for new plays', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const parts = await openParts(t, config);
  const runner = await startDbtRunner(config);
  t.after(() => runner.close());
  let sent = 0;
  const build = async (plays: { user: string; track: string; day: number }[]) => {
    const producer = await parts.log.producer();
    for (const play of plays) {
      sent += 1;
      const value = event('plays', sent, {
        user_id: play.user,
        track_id: play.track,
        track: `Track ${play.track}`,
        artist: `Artist of ${play.track}`,
        timestamp: new Date(day + play.day * 86_400_000).toISOString(),
        duration: 60_000,
        skipped: false,
        private: false,
      });
      const time = day + play.day * 86_400_000 + 60_000;
      await producer.send('plays', {
        key: play.user,
        value: JSON.stringify(value),
        timestamp: time,
      });
    }
    await producer.flush();
    await drain(config, parts.log, parts.lake);
    await parts.lake.refresh();
    const built = await runner.build({ fullRefresh: false, files: parts.lake.files(), runId: 't' });
    assert.equal(built.error, undefined);
    assert.deepEqual(built.tests.failures, []);
  };
  const { users, items, matrix } = madeUpPlays({ users: 30, items: 60 });
  await build(
    users.flatMap((user, at) =>
      [...matrix.indices.subarray(matrix.starts[at]!, matrix.starts[at + 1]!)].map(
        (item, place) => ({ user, track: items[item]!, day: place }),
      ),
    ),
  );

  await t.test(
    'the lists of the SQL models are in the order of the same method in TypeScript',
    async () => {
      const store = await RecommendationStore.open(config.warehouse.path);
      const taste = await store.taste();
      store.close();
      const model = fitMethod(taste.matrix, portableMethod, 1);
      const scores = new Float64Array(taste.tracks.length);
      const lists = await ask(
        "select user_id, track_id, score from gold.user_recommendations where source = 'taste' order by user_id, rank",
      );
      assert.ok(lists.length > 300, String(lists.length));
      for (const [user, list] of Map.groupBy(lists, (row) => row.user_id as string)) {
        model.score(taste.listeners.indexOf(user), scores);
        for (const { track_id: track, score } of list) {
          const place = taste.tracks.indexOf(track as string);
          assert.ok(taste.listenersOf[place]! >= 2);
          const other = scores[place]!;
          assert.ok(
            Math.abs(other - (score as number)) < 1e-4,
            `${user} ${track}: ${score}, ${other}`,
          );
        }
      }
    },
  );

  await t.test('lists made in batches of listeners are those made at once', async () => {
    const all =
      'select * exclude (built_from_version) from gold.user_recommendations order by user_id, rank';
    const atOnce = await ask(all);
    const project = await changedProject(folder, 'batch_size', 7);
    const other = await startDbtRunner(config, { project });
    t.after(() => other.close());
    const files = parts.lake.files();
    const built = await other.build({ fullRefresh: true, files, runId: 'batches' });
    assert.equal(built.error, undefined);
    assert.deepEqual(built.tests.failures, []);
    const statement = join(dbtTarget(config), 'run/tonearm/models/gold/user_recommendations.sql');
    assert.equal((await readFile(statement, 'utf8')).match(/insert into/g)!.length, 5);
    assert.deepEqual(await ask(all), atOnce);
    await other.close();
  });

  let now = day + 30 * 86_400_000;
  const step = (
    more: { fullRefresh?: boolean; mostInteractions?: number; keepFrom?: number } = {},
  ) => recommendStep({ config, clock: () => now, signal, fullRefresh: false, ...more });

  await t.test('a choice is made and written with its reason, and kept for the day', async () => {
    const outcome = await step();
    assert.equal(outcome.status, 'success');
    assert.match(outcome.message!, /NDCG@10/);
    const choice = await ask('select * from gold.recommendation_choice order by ndcg desc');
    assert.equal(choice.length, 3);
    assert.equal(choice.filter((row) => row.is_chosen).length, 1);
    now += 3_600_000;
    assert.equal((await step()).status, 'skipped');
  });

  await t.test(
    'where the quality tier is chosen, only a listener with new plays gets a new list',
    async () => {
      const parts = JSON.stringify([{ method: { name: 'popularity' }, weight: 1 }]);
      await ask(
        `update gold.recommendation_choice set is_chosen = tier = 'quality', parts = '${parts}' where true`,
      );
      await ask(
        "update gold.recommendation_choice set chosen_at = timestamptz '2025-06-01 00:00:00+00'",
      );
      now = Date.UTC(2025, 5, 1, 2);
      assert.equal((await step()).counts!.listeners, 30);
      assert.equal((await step()).status, 'skipped');
      await build([{ user: 'u3', track: 'i1', day: 29 }]);
      assert.equal((await step()).counts!.listeners, 1);
      const known = await ask(
        'select count(*)::integer as rows from gold.recommendations join gold.listener_taste using (user_id, track_id)',
      );
      assert.equal(known[0]!.rows, 0);
    },
  );

  const mixture = [
    { method: { name: 'cosine', weighting: 'log', shrinkage: 1, neighbours: 50 }, weight: 0.5 },
    {
      method: {
        name: 'als',
        weighting: 'binary',
        factors: 8,
        alpha: 20,
        regularisation: 10,
        iterations: 5,
      },
      weight: 0.5,
    },
  ];
  const models = modelsPath(config.warehouse.path);
  await t.test(
    'models that were kept give listeners with new plays a list, in which tracks that came later are last',
    async () => {
      const parts = JSON.stringify(mixture);
      await ask('delete from gold.recommendations');
      await ask(
        `update gold.recommendation_choice set parts = '${parts}', chosen_at = timestamptz '2025-06-01 00:00:00+00' where is_chosen`,
      );
      await rm(models, { force: true });
      assert.equal((await step({ keepFrom: 0 })).counts!.listeners, 30);
      const { size } = await stat(models);
      await build([
        { user: 'u3', track: 'came later', day: 29 },
        { user: 'came later', track: 'i1', day: 29 },
        { user: 'came later', track: 'i2', day: 29 },
        { user: 'came later', track: 'i3', day: 29 },
      ]);
      const outcome = await step({ keepFrom: 0 });
      assert.equal(outcome.counts!.listeners, 2);
      assert.equal((await stat(models)).size, size);
      const lists = await ask('select * from gold.recommendations order by rank');
      assert.equal(new Set(lists.map((row) => row.user_id)).size, 31);
      const own = lists.filter((row) => row.user_id === 'came later');
      assert.ok(own.length > 5 && own.slice(0, 3).every((row) => row.because_track_id !== null));
      assert.equal(own.at(-1)!.track_id, 'came later');
      const known = await ask(
        'select count(*)::integer as rows from gold.recommendations join gold.listener_taste using (user_id, track_id)',
      );
      assert.equal(known[0]!.rows, 0);
    },
  );

  await t.test(
    'models of another time, of far fewer plays or damaged ones are fitted anew, by two steps at once too',
    async () => {
      const { chosen_at: time } = (
        await ask(
          'select epoch_ms(chosen_at)::double as chosen_at from gold.recommendation_choice where is_chosen',
        )
      )[0]!;
      const whole = await readFile(models);
      const known = readModels(models, {
        chosenAt: time as number,
        parts: mixture as ModelFile['parts'],
        pairs: 0,
      })!;
      const damaged = Buffer.from(whole);
      damaged[whole.length - 100]! ^= 4;
      const everyonePlays = () =>
        ask(`update gold.listener_taste set built_from_version =
          (select max(built_from_version) + 1 from gold.listener_taste)`);
      const unusable: [string, () => Promise<void> | void][] = [
        ['another time', () => writeModels(models, { ...known, chosenAt: known.chosenAt - 1 })],
        ['far fewer plays', () => writeModels(models, { ...known, pairs: known.pairs / 2 })],
        ['damaged', () => writeFile(models, damaged)],
      ];
      for (const [what, leave] of unusable) {
        await leave();
        await everyonePlays();
        assert.equal((await step({ keepFrom: 0 })).counts!.listeners, 31, what);
        const again = readModels(models, known);
        assert.ok(again?.tracks.includes('came later'), what);
      }
      await writeFile(models, damaged);
      await everyonePlays();
      const one = `import { recommendStep } from ${JSON.stringify(import.meta.resolve('../../src/recommend-step.ts'))};
        const outcome = await recommendStep({ config: { warehouse: ${JSON.stringify(config.warehouse)} },
          clock: () => ${now}, signal: new AbortController().signal, fullRefresh: false, keepFrom: 0 })
          .catch((error) => ({ status: error.code }));
        console.log(outcome.status);`;
      const script = join(folder, 'one-step.mjs');
      await writeFile(script, one);
      const run = () => promisify(execFile)(process.execPath, [script]);
      const said = (await Promise.all([run(), run()])).map((done) => done.stdout.trim());
      assert.ok(said.includes('success'), String(said));
      for (const word of said) assert.match(word, /^(success|skipped|TNA_WAREHOUSE_LOCKED)$/);
      assert.notEqual(readModels(models, known), undefined);
      const [lists] = await ask(
        'select count(distinct user_id)::integer as listeners from gold.recommendations',
      );
      assert.equal(lists!.listeners, 31);
    },
  );

  await t.test('more than fits in memory stays with SQL, and says so', async () => {
    const outcome = await step({ mostInteractions: 10 });
    assert.match(outcome.message!, /Portable SQL/);
    const [chosen] = await ask('select tier, reason from gold.recommendation_choice');
    assert.equal(chosen!.tier, 'portable');
    assert.match(chosen!.reason as string, /more than the 10/);
    const [left] = await ask('select count(*)::integer as rows from gold.recommendations');
    assert.equal(left!.rows, 0);
  });
});
