import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { openAccounts } from '../sources/spotify-api/index.ts';
import { writeTakeout } from '../takeout/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';

/** `tonearm takeout USER`: everything that is kept of a listener, as one zip. */
export async function takeout(
  context: CommandContext,
  options: { out?: string },
  [user = '']: string[],
): Promise<CommandResult> {
  const { config, clock } = context;
  const path = resolve(options.out ?? takeoutName(user, clock()));
  if (existsSync(path)) {
    throw new TonearmError('TNA_USAGE', `${path} is there already.`, {
      remedy: 'Choose another file with --out.',
    });
  }
  return await withLog(context, async (log) => {
    const lake = await openLake(config, clock);
    const accounts = openAccounts(config);
    const files = await writeTakeout({ config, log, lake, accounts, user, now: clock() }, path);
    if (files === undefined) {
      return {
        result: { path: null, files: [] },
        text: `No listener "${user}" is known here. Nothing was written.`,
        exitCode: 99,
      };
    }
    return {
      result: { path, files },
      text: [
        `${path}:`,
        ...files.map(({ name, rows }) => `  ${name.padEnd(40)} ${rows.toLocaleString('en')}`),
      ].join('\n'),
    };
  });
}

/** A name that any file system takes. */
export const takeoutName = (user: string, now: number): string =>
  `takeout-${user.replaceAll(/[^\w.-]+/g, '_').slice(0, 60)}-${new Date(now).toISOString().slice(0, 10)}.zip`;
