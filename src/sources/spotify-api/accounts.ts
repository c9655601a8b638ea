import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TonearmError } from '../../errors.ts';
import { type AccountState, accountState, type Like, like, newState } from './account-state.ts';
import { writePrivately } from './private-file.ts';
import type { SecretBox } from './secret-box.ts';
import type { Tokens } from './token-endpoint.ts';

const storedAccount = z.object({
  version: z.literal(1),
  /** The listener's name here. */
  user: z.string(),
  spotify_id: z.string(),
  /** When the person signed in: the refresh token lives six months from then. */
  authorised_at: z.number(),
  scope: z.string().optional(),
  /** Why a new login is needed. */
  login_needed: z.string().optional(),
  sealed: z.string(),
});
type StoredAccount = z.infer<typeof storedAccount>;

const sealedTokens = z.object({ access: z.string(), expires_at: z.number(), refresh: z.string() });

/** An account without its secrets. Times are ms since the epoch. */
export interface Account {
  readonly user: string;
  readonly spotifyId: string;
  readonly authorisedAt: number;
  readonly loginNeeded: string | undefined;
}

/** Accounts on disk, three files each: tokens (encrypted), what the last poll knew, and likes. */
export class Accounts {
  readonly #directory: string;
  readonly #box: () => SecretBox;

  /** @param box opened when tokens are read or written, so that a list needs no key. */
  constructor(directory: string, box: () => SecretBox) {
    this.#directory = directory;
    this.#box = box;
  }

  list(): Account[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory)
      .filter((name) => name.endsWith('.account.json'))
      .map((name) => this.#stored(join(this.#directory, name)))
      .filter((stored) => stored !== undefined)
      .map(accountOf)
      .sort((a, b) => a.user.localeCompare(b.user));
  }

  find(user: string): Account | undefined {
    const stored = this.#stored(this.#path(user, 'account'));
    return stored && accountOf(stored);
  }

  /**
   * Keeps the tokens of a finished login.
   * @throws TonearmError TNA_SPOTIFY_OTHER_ACCOUNT when the listener belongs to another account of Spotify's.
   */
  connect(user: string, spotifyId: string, tokens: Tokens, now: number): void {
    const others = this.list();
    const held = others.find((one) => one.user === user);
    const elsewhere = others.find((one) => one.spotifyId === spotifyId && one.user !== user);
    if ((held !== undefined && held.spotifyId !== spotifyId) || elsewhere !== undefined) {
      throw new TonearmError(
        'TNA_SPOTIFY_OTHER_ACCOUNT',
        elsewhere === undefined
          ? `The listener ${user} is connected to another Spotify account.`
          : `This Spotify account belongs to the listener ${elsewhere.user} already.`,
        {
          remedy:
            'Choose another name with --user, or disconnect first: ./tonearm spotify logout USER.',
        },
      );
    }
    this.#write({
      version: 1,
      user,
      spotify_id: spotifyId,
      authorised_at: now,
      scope: tokens.scope,
      sealed: this.#seal(user, tokens),
    });
    const state = this.state(user);
    if (state !== undefined)
      this.saveState({ ...state, due: newState(user).due, failures: 0, problem: undefined });
  }

  tokens(user: string): Tokens | undefined {
    const stored = this.#stored(this.#path(user, 'account'));
    if (stored === undefined) return undefined;
    const opened = sealedTokens.parse(JSON.parse(this.#box().open(stored.sealed, user)));
    return {
      accessToken: opened.access,
      expiresAt: opened.expires_at,
      refreshToken: opened.refresh,
      scope: stored.scope,
    };
  }

  /** Keeps refreshed tokens, unless a new login has come in between. */
  renew(user: string, tokens: Tokens, authorisedAt: number): void {
    const stored = this.#stored(this.#path(user, 'account'));
    if (stored?.authorised_at !== authorisedAt) return;
    this.#write({ ...stored, sealed: this.#seal(user, tokens) });
  }

  needLogin(user: string, reason: string, authorisedAt: number): void {
    const stored = this.#stored(this.#path(user, 'account'));
    if (stored?.authorised_at !== authorisedAt) return;
    this.#write({ ...stored, login_needed: reason });
  }

  state(user: string): AccountState | undefined {
    return readJson(this.#path(user, 'state'), accountState);
  }

  /** Keeps what a poll knows; nothing of an account that was removed meanwhile. */
  saveState(state: AccountState): void {
    if (!existsSync(this.#path(state.user, 'account'))) return;
    writePrivately(this.#path(state.user, 'state'), `${JSON.stringify(state)}\n`);
  }

  /** The likes at the last reading, newest first; undefined before the first. */
  likes(user: string): Like[] | undefined {
    return readJson(this.#path(user, 'likes'), z.array(like));
  }

  saveLikes(user: string, likes: readonly Like[]): void {
    if (!existsSync(this.#path(user, 'account'))) return;
    writePrivately(this.#path(user, 'likes'), `${JSON.stringify(likes)}\n`);
  }

  /** Forgets tokens, state and likes. @returns false when there was no such account. */
  remove(user: string): boolean {
    const paths = (['account', 'state', 'likes'] as const).map((kind) => this.#path(user, kind));
    const known = paths.some((path) => existsSync(path));
    for (const path of paths) rmSync(path, { force: true });
    return known;
  }

  #path(user: string, kind: 'account' | 'state' | 'likes'): string {
    const name = createHash('sha256').update(user).digest('hex').slice(0, 32);
    return join(this.#directory, `${name}.${kind}.json`);
  }

  #stored(path: string): StoredAccount | undefined {
    return readJson(path, storedAccount);
  }

  #write(stored: StoredAccount): void {
    writePrivately(this.#path(stored.user, 'account'), `${JSON.stringify(stored)}\n`);
  }

  #seal(user: string, tokens: Tokens): string {
    const { accessToken, expiresAt, refreshToken } = tokens;
    return this.#box().seal(
      JSON.stringify({ access: accessToken, expires_at: expiresAt, refresh: refreshToken }),
      user,
    );
  }
}

const accountOf = (stored: StoredAccount): Account => ({
  user: stored.user,
  spotifyId: stored.spotify_id,
  authorisedAt: stored.authorised_at,
  loginNeeded: stored.login_needed,
});

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new TonearmError('TNA_SPOTIFY_STATE_UNREADABLE', `${path} cannot be read.`, {
      cause: error,
      remedy: 'Restore it from a backup, or delete it and sign in again: ./tonearm spotify login.',
    });
  }
}

const dayMs = 86_400_000;
const monthsOfLife = 6;

/** When Spotify lets the sign-in die: six months after it, whatever was refreshed since. */
export function signInEndsAt(authorisedAt: number): number {
  const from = new Date(authorisedAt);
  const end = new Date(authorisedAt);
  end.setUTCMonth(from.getUTCMonth() + monthsOfLife);
  // 31 August has no 31 February: the last day of the month, then.
  if (end.getUTCDate() !== from.getUTCDate()) end.setUTCDate(0);
  return end.getTime();
}

/** What to tell about the sign-in's end: a month before, a week before, and after. */
export function signInWarning(account: Account, now: number): string | undefined {
  const end = signInEndsAt(account.authorisedAt);
  const days = Math.ceil((end - now) / dayMs);
  const again = `Sign in again: ./tonearm spotify login --user ${account.user}`;
  if (account.loginNeeded !== undefined) return `${account.user}: ${account.loginNeeded} ${again}`;
  if (days <= 0) return `${account.user}: the sign-in has ended after six months. ${again}`;
  if (days <= 7)
    return `${account.user}: the sign-in ends in ${days} ${days === 1 ? 'day' : 'days'}. ${again}`;
  if (days <= 30)
    return `${account.user}: the sign-in ends on ${new Date(end).toISOString().slice(0, 10)}. ${again}`;
  return undefined;
}
