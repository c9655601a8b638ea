import { randomUUID } from 'node:crypto';
import { openLake } from '../lake/index.ts';
import { Sink } from '../lake/sink.ts';
import { sinkGroup } from '../lake/sink-group.ts';
import { serveMetrics } from '../metrics-server.ts';
import { datasetsOf, openLineageSender, sinkLineage } from '../openlineage/index.ts';
import { requireSafeHost } from '../serving/index.ts';
import { sinkMetrics } from '../sink-metrics.ts';
import { startTelemetry } from '../telemetry.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

export interface SinkCommandOptions {
  untilIdle?: boolean;
}

/** `tonearm sink`: moves records from the log to the lake. Several share the partitions. */
export async function sink(
  context: CommandContext,
  options: SinkCommandOptions,
): Promise<CommandResult> {
  const { config, clock, signal } = context;
  if (config.metricsPort !== undefined) requireSafeHost(config.host, false);
  const lake = await openLake(config, clock);
  return await withLog(context, async (log) => {
    let stored = 0;
    const runId = `sink-${randomUUID()}`;
    const telemetry = startTelemetry(config, 'sink');
    const metrics = sinkMetrics(clock);
    const lineage = sinkLineage({
      sender: openLineageSender(config, { clock, onProblem: context.say }),
      datasets: datasetsOf(config),
      namespace: config.openLineage.namespace,
      clock,
    });
    const server =
      config.metricsPort === undefined
        ? undefined
        : await serveMetrics(metrics.registry, config.host, config.metricsPort);
    if (server !== undefined) context.say(`Metrics: ${server.url}`);
    const result = await new Sink({
      config,
      log,
      lake,
      clock,
      signal,
      group: sinkGroup(lake.store, config.flushMs),
      untilIdle: options.untilIdle,
      onCommit(flush) {
        telemetry.flushed(runId, flush);
        metrics.flushed(flush);
        lineage.flushed(flush);
        const rows = Object.values(flush.committed).reduce((sum, count) => sum + count, 0);
        stored += rows;
        if (options.untilIdle) context.progress(`stored ${stored.toLocaleString('en')} rows`);
        else if (rows + flush.deadLetters > 0) {
          context.say(
            `stored ${rows.toLocaleString('en')} rows${flush.deadLetters > 0 ? `, refused ${flush.deadLetters}` : ''}`,
          );
        }
      },
    })
      .run()
      .finally(async () => {
        await server?.close();
        await lineage.close();
        await telemetry.close();
      });
    const { committed, read, erased, commits } = result;
    const text = Object.entries(committed)
      .map(([table, rows]) => `${table} ${rows.toLocaleString('en')}`)
      .join(', ');
    const left =
      erased === 0 ? '' : ` Left out, of erased listeners: ${erased.toLocaleString('en')}.`;
    return { result: { committed, read, erased, commits }, text: `Stored: ${text}.${left}` };
  });
}
