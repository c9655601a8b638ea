import {
  type ImportProgress,
  importHistory as importFiles,
} from '../sources/history-import/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { openForgotten, requireNotForgotten } from './forgotten-producer.ts';
import { knownListens } from './known-listens.ts';

const count = (value: number) => value.toLocaleString('en');

/** `tonearm import`: a listener's own history, from what a service has exported. */
export async function importHistory(
  context: CommandContext,
  options: { user: string; withoutPrivate?: boolean },
  paths: string[],
): Promise<CommandResult> {
  return await withLog(context, async (log) => {
    const forgotten = await openForgotten(context);
    const mayStillSend = async () => {
      await forgotten.refresh();
      requireNotForgotten(forgotten, options.user, 'nothing is imported');
    };
    await mayStillSend();
    const producer = await log.producer();
    const result = await importFiles({
      paths,
      user: options.user,
      withoutPrivate: options.withoutPrivate,
      mayStillSend,
      told: async (kinds) => await knownListens(context, options.user, { kinds }),
      producer,
      stagingDirectory: context.config.stagingDirectory,
      onProgress: (progress) => context.progress(told(progress)),
    });
    await producer.close();
    const leftOut = Object.entries(result.left_out).map(
      ([reason, rows]) => `  ${reason.padEnd(14)} ${count(rows)}`,
    );
    const total = result.read - result.imported;
    return {
      result,
      text: [
        `Read ${count(result.read)} rows, imported ${count(result.imported)}, left out ${count(total)}${total > 0 ? ':' : '.'}`,
        ...leftOut,
        ...result.examples.map(({ file, row }) => `  unreadable: row ${row} of ${file}`),
      ].join('\n'),
    };
  });
}

function told(progress: ImportProgress): string {
  return progress.step === 'read'
    ? `${count(progress.rows)} rows read, file ${progress.file} of ${progress.files}`
    : `${count(progress.events)} of ${count(progress.of)} events sent`;
}
