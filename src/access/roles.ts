/** From the least to the most that somebody may see. */
export const roles = ['anonymous', 'listener', 'operator', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Roles that are given to people and tokens. */
export const grantedRoles = ['listener', 'operator', 'owner'] as const;
export type GrantedRole = (typeof grantedRoles)[number];

/**
 * Who may use a route.
 * - `public`: everyone, before signing in too.
 * - `listener`: whoever has signed in. Where the request names a listener, that must be oneself; the owner may name anybody.
 * - `operator`: who looks after the platform: its state, never one person's listening.
 * - `owner`: the owner alone.
 */
export type Access = 'public' | 'listener' | 'operator' | 'owner';

/** Who asks. */
export interface Identity {
  readonly role: Role;
  /** The listener that this person is, where they are one. */
  readonly user: string | undefined;
  /** `open`: there is no authentication; `session`: a cookie of the web app; `token`: an API token. */
  readonly way: 'none' | 'open' | 'session' | 'token';
}

export const anonymous: Identity = { role: 'anonymous', user: undefined, way: 'none' };

/** Where there is no authentication, whoever reaches this machine's loopback is its owner. */
export const localOwner: Identity = { role: 'owner', user: undefined, way: 'open' };

const least: Record<Access, Role> = {
  public: 'anonymous',
  listener: 'listener',
  operator: 'operator',
  owner: 'owner',
};

export const mayUse = (identity: Identity, access: Access): boolean =>
  roles.indexOf(identity.role) >= roles.indexOf(least[access]);

/** Whether somebody may see what one listener heard. */
export const maySee = (identity: Identity, listener: string): boolean =>
  identity.role === 'owner' || identity.user === listener;

/** True for those who get the shared views only: no single listener, no small group. */
export const seesSharedOnly = (identity: Identity): boolean => identity.role !== 'owner';
