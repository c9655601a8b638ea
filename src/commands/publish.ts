import { TonearmError } from '../errors.ts';
import { listMarts, readCurrentMarts, rollBack } from '../warehouse/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tonearm publish`: the versions that are kept; with --rollback an earlier one is shown again. */
export async function publish(
  { config }: CommandContext,
  options: { rollback?: boolean; to?: string },
): Promise<CommandResult> {
  if (options.rollback) {
    const { current, before } = await rollBack(config, options.to);
    return {
      result: { version: current.version, before },
      text: `Shown now: ${current.version}, published ${current.published_at} (before: ${before}). The next run with new events publishes again.`,
    };
  }
  if (options.to !== undefined) {
    throw new TonearmError('TNA_USAGE', '--to goes with --rollback.', {
      remedy: 'Write ./tonearm publish --rollback --to VERSION.',
    });
  }
  const [kept, shown] = await Promise.all([listMarts(config), readCurrentMarts(config)]);
  const versions = kept.map((one) => ({
    version: one.version,
    published_at: one.published_at,
    run_id: one.run_id,
    warned: one.tests.warned,
    shown: one.version === shown?.version,
  }));
  return {
    result: { versions },
    text:
      versions.length === 0
        ? 'Nothing has been published yet.'
        : versions
            .map((one) => `${one.shown ? '→' : ' '} ${one.version}  published ${one.published_at}`)
            .join('\n'),
    exitCode: versions.length === 0 ? 99 : 0,
  };
}
