import { type AccountPollOptions, noteFailure, pollAccount } from './account-poll.ts';
import type { OutgoingEvent } from './account-state.ts';
import { type Account, type Accounts, signInWarning } from './accounts.ts';
import { SpotifyClient } from './client.ts';
import { SpotifyFailure } from './failures.ts';
import type { RequestLimit } from './request-limit.ts';
import { type Fetch, refreshTokens } from './token-endpoint.ts';

/** A token is renewed this long before its end. */
const renewBeforeMs = 60_000;

export interface PollerOptions
  extends Pick<AccountPollOptions, 'publish' | 'knownListens' | 'playerEveryMs'> {
  readonly accounts: Accounts;
  readonly limit: RequestLimit;
  readonly fetch: Fetch;
  readonly apiUrl: string;
  readonly accountsUrl: string;
  readonly clientId: string;
  readonly clock: () => number;
  /** Told once for each change: a failure, its end, a warning. */
  readonly say: (line: string) => void;
}

export interface PollResult {
  readonly user: string;
  /** Topic → events. */
  readonly produced: Record<OutgoingEvent['topic'], number>;
  readonly problem: string | undefined;
  readonly kind: SpotifyFailure['kind'] | undefined;
}

/** Goes through all accounts. What happens to one leaves the others alone. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #said = new Map<string, string>();

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Does what is due for every account. @param everything also what is not due yet. */
  async round(everything = false): Promise<PollResult[]> {
    const results: PollResult[] = [];
    for (const account of this.#options.accounts.list()) {
      this.#warn(account);
      results.push(await this.#poll(account, everything));
    }
    return results;
  }

  /**
   * Ms until something is due.
   * @param mostMs at the latest then: somebody may have signed in meanwhile.
   */
  restMs(mostMs = 10_000): number {
    const { accounts, clock, limit } = this.#options;
    const now = clock();
    const due = accounts
      .list()
      .filter(({ loginNeeded }) => loginNeeded === undefined)
      .map(({ user }) => Math.min(...Object.values(accounts.state(user)?.due ?? { first: now })));
    const next = Math.max(Math.min(...due, now + mostMs), limit.waitingUntil ?? now);
    return Math.min(Math.max(next - now, 100), mostMs);
  }

  async #poll(account: Account, everything: boolean): Promise<PollResult> {
    const { accounts, clock, limit } = this.#options;
    const { user } = account;
    const produced = { starts: 0, plays: 0, skips: 0, likes: 0 };
    if (account.loginNeeded !== undefined) {
      return { user, produced, problem: account.loginNeeded, kind: 'login_needed' };
    }
    if (limit.waitingUntil !== undefined) {
      const problem = `Spotify asks to wait until ${new Date(limit.waitingUntil).toISOString()}.`;
      return { user, produced, problem, kind: 'rate_limited' };
    }
    try {
      const client = new SpotifyClient({
        ...this.#options,
        accessToken: async (renew) => await this.#accessToken(account, renew),
      });
      const sent = await pollAccount({ ...this.#options, account, client, everything });
      for (const { topic } of sent) produced[topic] += 1;
      if (this.#said.delete(`problem ${user}`))
        this.#options.say(`${user}: Spotify answers again.`);
      return { user, produced, problem: undefined, kind: undefined };
    } catch (error) {
      if (!(error instanceof SpotifyFailure)) throw error;
      if (error.kind === 'login_needed')
        accounts.needLogin(user, error.message, account.authorisedAt);
      noteFailure(accounts, account, error, clock());
      const again =
        error.kind === 'login_needed'
          ? ` Sign in again: ./tonearm spotify login --user ${user}`
          : '';
      this.#sayOnce(`problem ${user}`, `${user}: ${error.message}${again}`);
      return { user, produced, problem: error.message, kind: error.kind };
    }
  }

  async #accessToken(account: Account, renew: boolean): Promise<string> {
    const { accounts, clock } = this.#options;
    const tokens = accounts.tokens(account.user);
    if (tokens === undefined)
      throw new SpotifyFailure('login_needed', 'The account was disconnected.');
    if (!renew && tokens.expiresAt - renewBeforeMs > clock()) return tokens.accessToken;
    const fresh = await refreshTokens(this.#options, tokens.refreshToken);
    accounts.renew(account.user, fresh, account.authorisedAt);
    return fresh.accessToken;
  }

  #warn(account: Account): void {
    if (account.loginNeeded !== undefined) return;
    const warning = signInWarning(account, this.#options.clock());
    if (warning !== undefined) this.#sayOnce(`sign-in ${account.user}`, warning);
  }

  #sayOnce(about: string, line: string): void {
    if (this.#said.get(about) === line) return;
    this.#said.set(about, line);
    this.#options.say(line);
  }
}
