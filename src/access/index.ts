/**
 * Accounts: who may see what (`roles.ts`), and the tokens, people and sessions by which they are known (`store.ts`).
 * Serving asks at each request; the command `access` makes and takes back.
 */
export * from './roles.ts';
export { AccessStore, type Grant, type Person, type Token } from './store.ts';
export { isSameSecret, newSecret } from './tokens.ts';
