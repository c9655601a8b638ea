import type { FastifyRequest } from 'fastify';
import {
  AccessStore,
  anonymous,
  type GrantedRole,
  type Identity,
  localOwner,
} from '../access/index.ts';
import type { AccessSettings, Config } from '../config.ts';

/** Whether one has to sign in, for those who do not serve. */
export function isRequired({ access }: Pick<Config, 'access'>, clock: () => number): boolean {
  const store = new AccessStore(access.directory, clock);
  try {
    return new AccessControl(store, access).required;
  } finally {
    store.close();
  }
}

/** How a request is known: by its token, by its session, or not at all. */
export class AccessControl {
  readonly store: AccessStore;
  readonly settings: AccessSettings;
  readonly #isSecure: boolean;
  #wasRequired = false;

  constructor(store: AccessStore, settings: AccessSettings) {
    this.store = store;
    this.settings = settings;
    this.#isSecure = settings.publicUrl?.startsWith('https:') ?? false;
  }

  /** True when whoever calls has to sign in. Once it is so, it stays so until the server ends. */
  get required(): boolean {
    const { authentication } = this.settings;
    if (authentication !== 'auto') return authentication === 'on';
    this.#wasRequired ||= this.store.hasAccounts;
    return this.#wasRequired;
  }

  /** Browsers send a cookie of this name over https to this very host alone. */
  get cookie(): string {
    return this.#isSecure ? '__Host-tonearm' : 'tonearm';
  }

  get cookieOptions() {
    return { path: '/', httpOnly: true, secure: this.#isSecure, sameSite: 'strict' as const };
  }

  /** Fewer listeners than this are no group that may be shown to somebody; 1 when nothing is hidden. */
  smallestGroupFor({ role }: Identity): number {
    return role === 'owner' ? 1 : this.settings.smallestGroup;
  }

  identify(request: FastifyRequest): Identity {
    if (!this.required) return localOwner;
    const token = bearerOf(request);
    if (token !== undefined) {
      const known = this.store.findToken(token);
      return known === undefined ? anonymous : identityOf(known, 'token');
    }
    const secret = request.cookies[this.cookie];
    const session = secret === undefined ? undefined : this.store.session(secret);
    return session === undefined ? anonymous : identityOf(session, 'session');
  }
}

const identityOf = (
  { role, user }: { role: GrantedRole; user: string | undefined },
  way: 'token' | 'session',
): Identity => ({ role, user, way });

/** The token in `Authorization: Bearer`; undefined without such a header. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}
