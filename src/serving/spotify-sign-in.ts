import { type GrantedRole, newSecret } from '../access/index.ts';

/** Signing in at Spotify, as far as the server needs it. */
export interface SpotifySignIn {
  /** The first half of an authorization code flow with PKCE. */
  begin(redirectUri: string): { verifier: string; state: string; address: string };
  /** @returns who has signed in. @throws Error with a sentence that holds no secret. */
  finish(code: { code: string; verifier: string; redirectUri: string }): Promise<string>;
  /** The listener that the owner has connected with this Spotify account. */
  connected(spotifyId: string): { user: string; role: GrantedRole } | undefined;
}

const livesMs = 10 * 60_000;
const most = 1000;

interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly redirectUri: string;
  readonly next: string;
  readonly endsAt: number;
}

/** Sign-ins that have begun and not yet ended, each bound to the browser that began it by a cookie. */
export class BegunSignIns {
  readonly #begun = new Map<string, Begun>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** @returns the value of the cookie that the browser has to bring back. */
  add(begun: Omit<Begun, 'endsAt'>): string {
    const now = this.#clock();
    for (const [key, { endsAt }] of this.#begun) {
      if (endsAt <= now || this.#begun.size >= most) this.#begun.delete(key);
      else break;
    }
    const key = newSecret();
    this.#begun.set(key, { ...begun, endsAt: now + livesMs });
    return key;
  }

  /** The sign-in of this browser; each can be taken once. */
  take(key: string | undefined): Begun | undefined {
    const begun = key === undefined ? undefined : this.#begun.get(key);
    if (begun === undefined || key === undefined) return undefined;
    this.#begun.delete(key);
    return begun.endsAt > this.#clock() ? begun : undefined;
  }
}

/** A page of the web app; anything else, an address elsewhere above all, becomes the first page. */
export const ownPage = (next: string): string => (/^\/(?![/\\])[^\\\s]*$/.test(next) ? next : '/');
