import { type CommandContext, type CommandResult, withLog } from './context.ts';

/** `tonearm retention`: lets go of records that the log has kept for as long as their contract says. */
export async function retention(context: CommandContext): Promise<CommandResult> {
  return await withLog(context, async (log) => {
    const released = await log.enforceRetention();
    return {
      result: { released },
      text:
        released === 0
          ? 'Nothing to let go of.'
          : `Let go of ${released.toLocaleString('en')} records.`,
      exitCode: released === 0 ? 99 : 0,
    };
  });
}
