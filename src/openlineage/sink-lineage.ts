/** What a sink has moved: a streaming job that tells of itself now and then, not of each flush. */
import { randomUUID } from 'node:crypto';
import { isLakeTable } from '../../contracts/lake-tables.ts';
import type { FlushSummary } from '../lake/sink.ts';
import type { Datasets } from './datasets.ts';
import type { LineageSender } from './deliver.ts';
import { type RunEvent, rowsWritten, runEvent } from './events.ts';

const everyMs = 5 * 60_000;

export function sinkLineage(options: {
  readonly sender: LineageSender | undefined;
  readonly datasets: Datasets;
  readonly namespace: string;
  readonly clock: () => number;
}): { flushed(flush: FlushSummary): void; close(): Promise<void> } {
  const { sender, datasets, namespace, clock } = options;
  const runId = randomUUID();
  const rows = new Map<string, number>();
  const versions = new Map<string, number>();
  const topics = new Set<string>();
  let toldAt: number | undefined;
  let sending = Promise.resolve();
  const event = (type: RunEvent['eventType']) =>
    runEvent({
      ...{ namespace, job: 'sink', runId, type, at: clock() },
      ...{ integration: 'TONEARM', jobType: 'SINK', processing: 'STREAMING' },
      description: 'Moves records from the log to the lake.',
      inputs: [...topics].sort().map((topic) => datasets.topic(topic)),
      outputs: [...rows]
        .filter(([table]) => isLakeTable(table))
        .map(([table, count]) => ({
          ...datasets.lake(table as never, versions.get(table)),
          ...rowsWritten(count),
        })),
    });
  const tell = (type: RunEvent['eventType']) => {
    if (sender === undefined) return;
    const events = [event(type)];
    sending = sending.then(() => sender.send(events));
  };
  return {
    flushed(flush) {
      for (const [topic, count] of Object.entries(flush.read)) if (count > 0) topics.add(topic);
      for (const { table, rows: count, version } of flush.commits) {
        rows.set(table, (rows.get(table) ?? 0) + count);
        if (version !== undefined) versions.set(table, version);
      }
      if (rows.size === 0) return;
      if (toldAt === undefined) tell('START');
      else if (clock() - toldAt < everyMs) return;
      else tell('RUNNING');
      toldAt = clock();
    },
    async close() {
      if (toldAt !== undefined) tell('COMPLETE');
      await sending;
    },
  };
}
