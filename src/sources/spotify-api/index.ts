/**
 * The Spotify Web API as a source: who has signed in, and what they play, skip and like.
 * A thin client of our own: Spotify's SDK lags behind the changes of 2026.
 */
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { TonearmError } from '../../errors.ts';
import { type Account, Accounts, signInEndsAt, signInWarning } from './accounts.ts';
import { RequestLimit } from './request-limit.ts';
import { openSecretBox } from './secret-box.ts';

export type { KnownListen } from './account-poll.ts';
export type { OutgoingEvent } from './account-state.ts';
export { type Account, Accounts } from './accounts.ts';
export { SpotifyClient } from './client.ts';
export { beginLogin, isSameState, login } from './login.ts';
export { Poller, type PollResult } from './poller.ts';
export { exchangeCode, type Fetch } from './token-endpoint.ts';

/** The accounts of this data directory. */
export function openAccounts({ spotify }: Pick<Config, 'spotify'>): Accounts {
  return new Accounts(join(spotify.directory, 'accounts'), () =>
    openSecretBox(spotify.key, join(spotify.directory, 'key')),
  );
}

/** The limit that all accounts of the app share. */
export function openRequestLimit(
  { spotify }: Pick<Config, 'spotify'>,
  clock: () => number,
  sleep: (ms: number) => Promise<void>,
): RequestLimit {
  return new RequestLimit({
    path: join(spotify.directory, 'rate-limit.json'),
    clock,
    sleep,
    perWindow: spotify.requestsPerWindow,
  });
}

/** @throws TonearmError TNA_SPOTIFY_NOT_SET_UP */
export function requireClientId({ spotify }: Pick<Config, 'spotify'>): string {
  if (spotify.clientId !== undefined) return spotify.clientId;
  throw new TonearmError('TNA_SPOTIFY_NOT_SET_UP', 'No app at Spotify is named.', {
    remedy:
      'Set TONEARM_SPOTIFY_CLIENT_ID to the client id of your app; docs/guides/spotify.md says how to make one.',
  });
}

export interface AccountReport {
  readonly user: string;
  readonly spotify_id: string;
  /** RFC 3339, UTC, as for every time here. */
  readonly signed_in_at: string;
  readonly sign_in_ends_at: string;
  readonly state: 'ok' | 'login_needed' | 'failing' | 'new';
  readonly problem: string | null;
  readonly warning: string | null;
  readonly polled_at: string | null;
  /** Stretches whose plays Spotify no longer told when it was asked. */
  readonly gaps: { from: string; to: string }[];
}

const instant = (time: number) => new Date(time).toISOString();

/** What there is to tell about each account. Needs neither key nor network. */
export function reportAccounts(accounts: Accounts, now: number): AccountReport[] {
  return accounts.list().map((account) => reportOf(accounts, account, now));
}

function reportOf(accounts: Accounts, account: Account, now: number): AccountReport {
  const state = accounts.state(account.user);
  const failing = state?.problem === undefined ? 'ok' : 'failing';
  const polled = state?.polledAt === undefined && failing === 'ok' ? 'new' : failing;
  return {
    user: account.user,
    spotify_id: account.spotifyId,
    signed_in_at: instant(account.authorisedAt),
    sign_in_ends_at: instant(signInEndsAt(account.authorisedAt)),
    state: account.loginNeeded === undefined ? polled : 'login_needed',
    problem: account.loginNeeded ?? state?.problem ?? null,
    warning: signInWarning(account, now) ?? null,
    polled_at: state?.polledAt === undefined ? null : instant(state.polledAt),
    gaps: (state?.gaps ?? []).map(({ from, to }) => ({ from: instant(from), to: instant(to) })),
  };
}
