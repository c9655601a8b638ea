import {
  type ImportProgress,
  importHistory as importFiles,
} from '../sources/history-import/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { openForgotten } from './forgotten-producer.ts';
import { knownListens } from './known-listens.ts';

const count = (value: number) => value.toLocaleString('en');

/** `tonearm import`: a listener's own history, from what a service has exported. */
export async function importHistory(
  context: CommandContext,
  options: { user: string; withoutPrivate?: boolean },
  paths: string[],
): Promise<CommandResult> {
  return await withLog(context, async (log) => {
    const producer = await log.producer();
    const forgotten = (await openForgotten(context)).since(options.user);
    const result = await importFiles({
      paths,
      user: options.user,
      withoutPrivate: options.withoutPrivate,
      forgotten: forgotten !== undefined,
      told: await knownListens(context, options.user, { only: 'spotify_api' }),
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
        ...(forgotten === undefined
          ? []
          : [
              `${options.user} was erased on ${forgotten.slice(0, 10)}: nothing was imported. To let them come back: ./tonearm forget --undo ${options.user}`,
            ]),
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
