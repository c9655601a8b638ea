import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runOnce } from '../../src/pipeline-engine.ts';
import {
  type DbtRunner,
  openQuery,
  startDbtRunner,
  type TimeRange,
} from '../../src/warehouse/index.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';

/** A lake, a warm runner, and ways to send events and to run the pipeline. */
export async function platform(t: TestContext, project?: string) {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  let runner: DbtRunner | undefined;
  t.after(() => runner?.close());
  return {
    config,
    lake,
    async send(
      numbers: readonly number[],
      changes: Record<string, unknown> = {},
      receivedAt = Date.UTC(2025, 10, 18, 15),
    ) {
      const producer = await log.producer();
      for (const number of numbers) {
        await producer.send('plays', {
          key: 'u',
          value: JSON.stringify(event('plays', number, changes)),
          timestamp: receivedAt,
        });
      }
      await producer.flush();
      await drain(config, log, lake);
    },
    /** @param options with `dies`, the dbt process ends before it builds anything anew. */
    async run(options: { range?: TimeRange; fullRefresh?: boolean; dies?: boolean } = {}) {
      const { record } = await runOnce({
        config,
        log,
        lake,
        clock: Date.now,
        runner: async () => {
          runner ??= await startDbtRunner(config, project === undefined ? {} : { project });
          return options.dies === true ? mortal(runner) : runner;
        },
        fullRefresh: options.fullRefresh ?? false,
        range: options.range,
        ingest: false,
      });
      return record;
    },
    /** Ends the dbt process: the next run starts another, as a command does. */
    async endRunner() {
      await runner?.close();
      runner = undefined;
    },
    async ask(sql: string) {
      const session = await openQuery(config, lake);
      return session.query(sql).finally(() => session.close());
    },
    newestFile: () => lake.tables.plays.files().findLast((file) => file.live)!.path,
    pointer: () => readFile(join(config.martsDirectory, 'current.json'), 'utf8'),
  };
}

const mortal = (runner: DbtRunner): DbtRunner => ({
  ...runner,
  async build(options) {
    if (options.fullRefresh) await runner.close();
    return await runner.build(options);
  },
});
