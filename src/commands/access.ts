import { AccessStore, type GrantedRole } from '../access/index.ts';
import { TonearmError } from '../errors.ts';
import type { CommandContext, CommandResult } from './context.ts';

const dayMs = 86_400_000;

async function withStore(
  { config, clock }: CommandContext,
  work: (store: AccessStore) => CommandResult,
): Promise<CommandResult> {
  const store = new AccessStore(config.access.directory, clock);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function requireListener(role: GrantedRole, user: string | undefined): void {
  if (role !== 'listener' || (user !== undefined && user !== '')) return;
  throw new TonearmError('TNA_USAGE', 'Which listener is this for?', {
    remedy: 'Name them with --user, as in the data.',
  });
}

/** `tonearm access token`: makes a token and shows it, once. */
export const accessToken = (
  context: CommandContext,
  options: { name?: string; role: GrantedRole; user?: string; days?: number },
): Promise<CommandResult> =>
  withStore(context, (store) => {
    const { role, user, days, name = role } = options;
    requireListener(role, user);
    const first = !store.hasAccounts;
    const expiresAt = days === undefined ? undefined : context.clock() + days * dayMs;
    const { id, text } = store.createToken({ name, role, user, expiresAt });
    const notes = [
      'This is shown once; only its hash is kept. Sign in with it in the web app, or send it: Authorization: Bearer <token>',
      ...(first && context.config.access.authentication === 'auto'
        ? ['From now on everybody has to sign in; a running server asks at once.']
        : []),
      ...(context.config.access.authentication === 'off'
        ? ['TONEARM_AUTH is off: nobody is asked for it.']
        : []),
    ];
    return { result: { id, token: text, role }, text: `${text}\n\n${notes.join('\n')}` };
  });

/** `tonearm access allow SPOTIFY_ID`: lets somebody sign in with Spotify. */
export const accessAllow = (
  context: CommandContext,
  options: { role: GrantedRole; user?: string },
  [spotifyId]: string[],
): Promise<CommandResult> =>
  withStore(context, (store) => {
    const { role, user = spotifyId! } = options;
    store.allow({ spotifyId: spotifyId!, user, role });
    const text = `Whoever signs in at Spotify as ${spotifyId} is ${user} here (${role}).`;
    return { result: { spotify_id: spotifyId, user, role }, text };
  });

/** `tonearm access list`: tokens and people, without secrets. */
export const accessList = (context: CommandContext): Promise<CommandResult> =>
  withStore(context, (store) => {
    const iso = (time: number | undefined) =>
      time === undefined ? null : new Date(time).toISOString();
    const tokens = store.tokens().map(({ id, name, role, user, createdAt, expiresAt, usedAt }) => ({
      id,
      name,
      role,
      user: user ?? null,
      created_at: iso(createdAt),
      expires_at: iso(expiresAt),
      used_at: iso(usedAt),
    }));
    const people = store.people().map((one) => ({
      spotify_id: one.spotifyId,
      user: one.user,
      role: one.role,
    }));
    const day = (text: string | null) => text?.slice(0, 10) ?? 'never';
    const lines = [
      ...tokens.map(
        (one) =>
          `token   ${one.id}  ${one.name.padEnd(16)} ${one.role.padEnd(8)} ${one.user ?? ''}  used ${day(one.used_at)}, ends ${day(one.expires_at)}`,
      ),
      ...people.map(
        (one) => `Spotify ${one.spotify_id.padEnd(12)}  ${one.user.padEnd(16)} ${one.role}`,
      ),
      `${store.sessionCount} sessions`,
    ];
    const nobody = tokens.length + people.length === 0;
    return {
      result: { tokens, people, sessions: store.sessionCount },
      text: nobody ? 'Nobody can sign in yet: ./tonearm access token' : lines.join('\n'),
    };
  });

/** `tonearm access revoke ID`: takes a token or a person's sign-in back, with their sessions. */
export const accessRevoke = (
  context: CommandContext,
  _options: object,
  [id]: string[],
): Promise<CommandResult> =>
  withStore(context, (store) => {
    const revoked = store.revokeToken(id!) || store.disallow(id!);
    return revoked
      ? { result: { revoked }, text: `${id} is taken back, and the sessions that came of it.` }
      : { result: { revoked }, text: `There is no token and nobody called ${id}.`, exitCode: 99 };
  });

/** `tonearm access sign-out`: ends the sessions of everybody, or of one listener. */
export const accessSignOut = (
  context: CommandContext,
  { user }: { user?: string },
): Promise<CommandResult> =>
  withStore(context, (store) => {
    const sessions = store.closeSessions(user);
    return { result: { sessions }, text: `${sessions} sessions ended.` };
  });
