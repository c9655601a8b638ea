import { join } from 'node:path';
import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { Sink } from '../lake/sink.ts';
import { tryLock } from '../process-lock.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

export interface SinkCommandOptions {
  untilIdle?: boolean;
}

/** `tonearm sink`: moves records from the log to the lake. */
export async function sink(
  context: CommandContext,
  options: SinkCommandOptions,
): Promise<CommandResult> {
  const { config, clock, signal } = context;
  const lock = tryLock(join(config.dataDirectory, 'run', 'sink.lock'));
  if (lock === undefined) {
    throw new TonearmError('TNA_SINK_BUSY', 'Another sink is already running on this data.', {
      remedy: 'Leave it to that one, or stop it first.',
    });
  }
  try {
    const lake = await openLake(config, clock);
    return await withLog(context, async (log) => {
      let stored = 0;
      const result = await new Sink({
        config,
        log,
        lake,
        clock,
        signal,
        untilIdle: options.untilIdle,
        onCommit(flush) {
          const rows = Object.values(flush.committed).reduce((sum, count) => sum + count, 0);
          stored += rows;
          if (options.untilIdle) context.progress(`stored ${stored.toLocaleString('en')} rows`);
          else if (rows + flush.deadLetters > 0) {
            context.say(
              `stored ${rows.toLocaleString('en')} rows${flush.deadLetters > 0 ? `, refused ${flush.deadLetters}` : ''}`,
            );
          }
        },
      }).run();
      const { committed, read, commits } = result;
      const text = Object.entries(committed)
        .map(([table, rows]) => `${table} ${rows.toLocaleString('en')}`)
        .join(', ');
      return { result: { committed, read, commits }, text: `Stored: ${text}.` };
    });
  } finally {
    lock.release();
  }
}
