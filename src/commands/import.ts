import { importSpotifyExport } from '../sources/spotify-export/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

/** `tonearm import`: a listener's own history, from Spotify's export. */
export async function importHistory(
  context: CommandContext,
  options: { user: string },
  paths: string[],
): Promise<CommandResult> {
  return await withLog(context, async (log) => {
    const producer = await log.producer();
    const result = await importSpotifyExport({
      paths,
      user: options.user,
      producer,
      onProgress: (rows) => context.progress(`${rows.toLocaleString('en')} rows read`),
    });
    await producer.close();
    const leftOut = Object.entries(result.left_out).map(
      ([reason, rows]) => `  ${reason.padEnd(14)} ${rows.toLocaleString('en')}`,
    );
    const total = result.read - result.imported;
    return {
      result,
      text: [
        `Read ${result.read.toLocaleString('en')} rows, imported ${result.imported.toLocaleString('en')}, left out ${total.toLocaleString('en')}${total > 0 ? ':' : '.'}`,
        ...leftOut,
      ].join('\n'),
    };
  });
}
