/** Accounts: who may see what, the tokens and sessions by which they are known, and where those are kept. */
export * from './roles.ts';
