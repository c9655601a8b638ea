import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import type { GrantedRole } from './roles.ts';
import { hashOf, isSecret, newSecret, newToken, readToken } from './tokens.ts';

const hourMs = 3_600_000;

/** An API token without its secret. Times are ms since the epoch. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: GrantedRole;
  readonly user: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  /** To the hour. */
  readonly usedAt: number | undefined;
}

/** Somebody who may sign in with Spotify. */
export interface Person {
  readonly spotifyId: string;
  readonly user: string;
  readonly role: GrantedRole;
}

/** What a token or a session allows. */
export interface Grant {
  readonly role: GrantedRole;
  readonly user: string | undefined;
}

type Row = Record<string, unknown>;
const optional = <T>(value: unknown) => (value === null ? undefined : (value as T));

/**
 * Tokens, people and sessions of one data directory, in one file; every process sees changes at once.
 * Secrets are kept as hashes. The file comes with the first token or person.
 */
export class AccessStore {
  readonly #path: string;
  readonly #clock: () => number;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync | undefined;

  constructor(directory: string, clock: () => number) {
    this.#path = join(directory, 'access.sqlite');
    this.#clock = clock;
  }

  /** True when anybody could sign in. */
  get hasAccounts(): boolean {
    const [row] = this.#rows(
      'select exists (select 1 from tokens) or exists (select 1 from people) as has',
    );
    return row?.has === 1;
  }

  /** @returns the token's text: it can't be read again. */
  createToken(options: {
    name: string;
    role: GrantedRole;
    user?: string | undefined;
    expiresAt?: number | undefined;
  }): { id: string; text: string } {
    const { id, secret, text } = newToken();
    this.#write(
      'insert into tokens (id, name, role, user, hash, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?)',
      id,
      options.name,
      options.role,
      options.user ?? null,
      hashOf(secret),
      this.#clock(),
      options.expiresAt ?? null,
    );
    return { id, text };
  }

  /** The token of that text, unless it is unknown, revoked or has expired. */
  findToken(text: string): Token | undefined {
    const parts = readToken(text);
    if (parts === undefined) return undefined;
    const [row] = this.#rows('select * from tokens where id = ?', parts.id);
    if (row === undefined || !isSecret(parts.secret, row.hash as Uint8Array)) return undefined;
    const token = tokenOf(row);
    const now = this.#clock();
    if (token.expiresAt !== undefined && token.expiresAt <= now) return undefined;
    if (token.usedAt === undefined || token.usedAt < now - hourMs) {
      this.#write('update tokens set used_at = ? where id = ?', now, token.id);
    }
    return token;
  }

  tokens(): Token[] {
    return this.#rows('select * from tokens order by created_at, id').map(tokenOf);
  }

  /** Lets somebody sign in with Spotify. A change of name or role ends their sessions. */
  allow(person: Person): void {
    this.disallow(person.spotifyId);
    this.#write(
      'insert into people (spotify_id, user, role, created_at) values (?, ?, ?, ?)',
      person.spotifyId,
      person.user,
      person.role,
      this.#clock(),
    );
  }

  people(): Person[] {
    return this.#rows('select * from people order by user, spotify_id').map((row) => ({
      spotifyId: row.spotify_id as string,
      user: row.user as string,
      role: row.role as GrantedRole,
    }));
  }

  person(spotifyId: string): Person | undefined {
    return this.people().find((one) => one.spotifyId === spotifyId);
  }

  /** Takes a token back, and the sessions that began with it. @returns false when there is none. */
  revokeToken(id: string): boolean {
    this.#erase('sessions', 'grant_key = ?', `token:${id}`);
    return this.#erase('tokens', 'id = ?', id) > 0;
  }

  /** Takes a person's sign-in back, and their sessions. @returns false when there was none. */
  disallow(spotifyId: string): boolean {
    this.#erase('sessions', 'grant_key = ?', `spotify:${spotifyId}`);
    return this.#erase('people', 'spotify_id = ?', spotifyId) > 0;
  }

  /**
   * Begins a session of the web app.
   * @param by `token:<id>` or `spotify:<id>`: what is taken back later ends the session too.
   * @returns the cookie's value.
   */
  openSession(grant: Grant, by: string, livesMs: number): string {
    const now = this.#clock();
    const secret = newSecret();
    this.#erase('sessions', 'expires_at <= ?', now);
    this.#write(
      'insert into sessions (hash, role, user, grant_key, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
      hashOf(secret),
      grant.role,
      grant.user ?? null,
      by,
      now,
      now + livesMs,
    );
    return secret;
  }

  /** What a session allows, unless it has ended. */
  session(secret: string): (Grant & { readonly expiresAt: number }) | undefined {
    const [row] = this.#rows('select * from sessions where hash = ?', hashOf(secret));
    if (row === undefined || Number(row.expires_at) <= this.#clock()) return undefined;
    return {
      role: row.role as GrantedRole,
      user: optional<string>(row.user),
      expiresAt: Number(row.expires_at),
    };
  }

  get sessionCount(): number {
    const [row] = this.#rows(
      'select count(*) as count from sessions where expires_at > ?',
      this.#clock(),
    );
    return Number(row?.count ?? 0);
  }

  closeSession(secret: string): void {
    this.#erase('sessions', 'hash = ?', hashOf(secret));
  }

  /** Signs everybody out, or one listener. @returns how many sessions ended. */
  closeSessions(user?: string): number {
    return user === undefined
      ? this.#erase('sessions', 'true')
      : this.#erase('sessions', 'user = ?', user);
  }

  /** Deletes every token, person and session of a listener. @returns how many rows went. */
  forget(user: string): number {
    return (['sessions', 'tokens', 'people'] as const)
      .map((table) => this.#erase(table, 'user = ?', user))
      .reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#open(false) ? (this.#statement(sql).all(...values) as Row[]) : [];
  }

  #write(sql: string, ...values: SQLInputValue[]): void {
    this.#open(true);
    this.#statement(sql).run(...values);
  }

  #erase(table: 'tokens' | 'people' | 'sessions', where: string, ...values: SQLInputValue[]) {
    if (!this.#open(false)) return 0;
    return Number(this.#statement(`delete from ${table} where ${where}`).run(...values).changes);
  }

  #open(create: boolean): boolean {
    // Somebody may have deleted the file to begin anew.
    if (this.#database !== undefined && !existsSync(this.#path)) this.close();
    this.#database ??= openDatabase(this.#path, create);
    return this.#database !== undefined;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database!.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const tokenOf = (row: Row): Token => ({
  id: row.id as string,
  name: row.name as string,
  role: row.role as GrantedRole,
  user: optional<string>(row.user),
  createdAt: Number(row.created_at),
  expiresAt: optional<number>(row.expires_at),
  usedAt: optional<number>(row.used_at),
});
