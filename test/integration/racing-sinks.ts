import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { lakeTopics } from '../../contracts/index.ts';
import { positionId } from '../../src/lake/position.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { SinkProcess } from './sink-process.ts';
import { assertStoredOnce } from './stored-once.ts';

type LakeTopic = (typeof lakeTopics)[number];

/** Longer than the time after which a silent sink counts as gone. */
const frozenMs = 14_000;

/**
 * Several sinks at once on one log and lake, while records come in: some are killed and replaced, one is
 * stopped until the others have taken its partitions, and wakes up in the middle of its work.
 */
export async function raceSinks(
  t: TestContext,
  sinks: number,
  settings: Record<string, string> = {},
): Promise<void> {
  const all = { TONEARM_FLUSH_SECONDS: '0.2', TONEARM_FLUSH_MEGABYTES: '0.5', ...settings };
  const config = await temporaryConfig(t, all);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const produced: Record<string, number> = {};
  let seed = 0;
  const produce = async () => {
    seed += 1;
    const made = { seed, users: 50, tracks: 300, events: 4000, faults: { malformed: 0.01 } };
    const result = await simulateHistory(made, producerOutput(producer));
    for (const [topic, count] of Object.entries(result.produced)) {
      produced[topic] = (produced[topic] ?? 0) + count;
    }
  };
  const running = Array.from({ length: sinks }, () => new SinkProcess(config, all));
  const zombie = running[0]!;
  try {
    for (const sink of running) await sink.atWork();
    for (let round = 0; round < 6; round += 1) {
      await produce();
      const victim = 1 + (round % (sinks - 1));
      await delay(round * 60);
      await running[victim]!.kill();
      running[victim] = new SinkProcess(config, all);
      await running[victim]!.atWork();
    }
    // Frozen with records in hand: more come in, and it is given no time to store them.
    await produce();
    zombie.child.kill('SIGSTOP');
    const frozen = performance.now();
    while (performance.now() - frozen < frozenMs) {
      await produce();
      await delay(1500);
    }
    await storedByOthers();
    zombie.child.kill('SIGCONT');
    await produce();
    await storedByOthers();
  } finally {
    for (const sink of running) {
      sink.child.kill('SIGINT');
      sink.child.kill('SIGCONT');
    }
    await Promise.all(running.map((sink) => sink.exited));
  }
  assert.deepEqual(
    running.map((sink) => sink.child.exitCode),
    running.map(() => 0),
    running.map((sink) => sink.said).join('\n'),
  );
  await drain(config, log, lake);
  await assertStoredOnce(lake, produced, false);

  /** Waits until the lake has every kept record that is in the log. */
  async function storedByOthers(): Promise<void> {
    await producer.flush();
    const ends = await log.offsets(lakeTopics);
    for (;;) {
      await lake.refresh();
      const behind = ends.filter(({ topic, partition, latest }) => {
        const { transactions } = lake.tables[topic as LakeTopic].log.state;
        return (transactions.get(positionId(topic as LakeTopic, partition))?.version ?? 0) < latest;
      });
      if (behind.length === 0) return;
      await delay(200);
    }
  }
}
