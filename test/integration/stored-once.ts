import assert from 'node:assert/strict';
import { lakeTopics } from '../../contracts/index.ts';
import type { Lake } from '../../src/lake/index.ts';
import { rowsOfTable } from '../lake/lake-fixture.ts';

/**
 * Every record that was produced is a row or a dead letter, once: by offset and by identity.
 * @param produced records by topic.
 * @param duplicates true when the producer itself sent some events twice.
 */
export async function assertStoredOnce(
  lake: Lake,
  produced: Record<string, number>,
  duplicates: boolean,
): Promise<void> {
  for (const topic of lakeTopics) {
    const [stored] = await rowsOfTable(
      lake,
      topic,
      `select count(*) as rows, count(distinct (_partition, _offset)) as places,
         count(distinct event_id) as events from files`,
    );
    const [refused] = await rowsOfTable(
      lake,
      'dead_letters',
      `select count(*) as rows, count(distinct dead_letter_id) as letters
       from files where origin_topic = '${topic}'`,
    );
    const rows = Number(stored?.rows ?? 0);
    const letters = Number(refused?.rows ?? 0);
    assert.equal(stored?.rows, stored?.places, `${topic}: a row twice`);
    if (!duplicates) assert.equal(stored?.rows, stored?.events, `${topic}: an event twice`);
    assert.equal(refused?.rows, refused?.letters, `${topic}: a dead letter twice`);
    assert.equal(rows + letters, produced[topic], topic);
  }
}
