/** The commands of the command line that have commands of their own: `spotify` and `access`. */
import { type Command, Option } from 'commander';
import type { CommandContext, CommandResult } from './commands/context.ts';

export type Run = (
  context: CommandContext,
  options: never,
  args: string[],
) => Promise<CommandResult>;

/** What the command line lends them. */
export interface CommandTools {
  action(load: () => Promise<Run>): (...received: unknown[]) => Promise<void>;
  number(value: string): number;
  whole(value: string): number;
  jsonOption: readonly [flags: string, description: string];
}

export function addSpotifyCommands(program: Command, tools: CommandTools): void {
  const { action, whole, jsonOption } = tools;
  const spotify = program
    .command('spotify')
    .description('listening of people who have signed in with Spotify')
    .helpCommand(false);
  spotify
    .command('login')
    .description('sign a person in: opens an address at Spotify, keeps the tokens encrypted')
    .option('--user <name>', 'the listener (default: the id at Spotify)')
    .option('--port <port>', 'port of the redirect (default: TONEARM_SPOTIFY_PORT or 8898)', whole)
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/spotify.ts')).spotifyLogin as Run));
  spotify
    .command('poll')
    .description('ask for what is new: once, or with --watch until stopped')
    .option('--watch', 'go on until stopped, as up does')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/spotify.ts')).spotifyPoll as Run));
  spotify
    .command('accounts')
    .description('who is connected, until when, and what went wrong')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/spotify.ts')).spotifyAccounts as Run));
  spotify
    .command('logout')
    .description('forget the tokens of a listener; what was heard stays')
    .argument('<user>', 'the listener')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/spotify.ts')).spotifyLogout as Run));
}

export function addAccessCommands(program: Command, tools: CommandTools): void {
  const { action, number, jsonOption } = tools;
  const access = program
    .command('access')
    .description('who may see what the server shows: tokens, and people who sign in with Spotify')
    .helpCommand(false);
  const roleOption = (fallback: string) =>
    new Option('--role <role>', 'listener sees themselves, operator the platform, owner everything')
      .choices(['listener', 'operator', 'owner'])
      .default(fallback);
  access
    .command('token')
    .description('make a token, shown once; with the first one, signing in is asked for')
    .addOption(roleOption('owner'))
    .option('--user <name>', 'the listener that the token stands for')
    .option('--name <name>', 'what it is for, as the list shows it')
    .option('--days <count>', 'it ends after so many days (default: never)', number)
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/access.ts')).accessToken as Run));
  access
    .command('allow')
    .description('let somebody sign in with Spotify; accounts of spotify login may already')
    .argument('<spotify-id>', 'their id at Spotify')
    .addOption(roleOption('listener'))
    .option('--user <name>', 'the listener they are (default: the id)')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/access.ts')).accessAllow as Run));
  access
    .command('list')
    .description('tokens and people, without secrets')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/access.ts')).accessList as Run));
  access
    .command('revoke')
    .description('take a token or a sign-in with Spotify back, and the sessions that came of it')
    .argument('<id>', 'the id that the list shows')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/access.ts')).accessRevoke as Run));
  access
    .command('sign-out')
    .description('end all sessions of the web app, or those of one listener')
    .option('--user <name>', 'only theirs')
    .option(...jsonOption)
    .action(action(async () => (await import('./commands/access.ts')).accessSignOut as Run));
}
