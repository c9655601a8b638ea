import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventTopics, topics } from '../../../contracts/index.ts';
import type { KnownListen } from '../../../src/sources/spotify-api/account-poll.ts';
import { Accounts } from '../../../src/sources/spotify-api/accounts.ts';
import { Poller, type PollerOptions } from '../../../src/sources/spotify-api/poller.ts';
import { RequestLimit } from '../../../src/sources/spotify-api/request-limit.ts';
import { SecretBox } from '../../../src/sources/spotify-api/secret-box.ts';
import { type FakePerson, FakeSpotify } from './fake-spotify.ts';

export const beginning = Date.UTC(2026, 2, 2, 8);
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
const quietStep = 20 * minute;
/** Weeks of polls write thousands of times through to the disk: in memory, where the system has that, none waits. */
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export interface TakenEvent {
  readonly topic: string;
  readonly event_id: string;
  readonly play_id: string;
  readonly user_id: string;
  readonly track_id: string;
  readonly timestamp: string;
  readonly duration: number;
  readonly skipped?: boolean;
  readonly liked?: boolean;
  readonly private?: boolean;
  readonly device: string;
}

/** A poller over a fake Spotify, with what it sent. `restart` begins a new one on the same files. */
export class PollFixture {
  readonly spotify = new FakeSpotify(beginning);
  readonly directory: string;
  readonly events: TakenEvent[] = [];
  readonly said: string[] = [];
  readonly accounts: Accounts;
  knownListens: KnownListen[] = [];
  /** Throws instead of storing, as often as this says; with `after` it stores first. */
  crashes: { left: number; after: boolean } = { left: 0, after: false };
  poller: Poller;
  limit!: RequestLimit;
  #options: Partial<PollerOptions>;

  constructor(context: TestContext, options: Partial<PollerOptions> = {}) {
    this.directory = mkdtempSync(join(folder, 'tonearm-spotify-'));
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
    const box = new SecretBox(randomBytes(32));
    this.accounts = new Accounts(join(this.directory, 'accounts'), () => box);
    this.#options = options;
    this.poller = this.restart();
  }

  restart(): Poller {
    const { spotify } = this;
    this.limit = new RequestLimit({
      path: join(this.directory, 'rate-limit.json'),
      clock: spotify.clock,
      sleep: async (ms) => {
        spotify.now += ms;
      },
      perWindow: 60,
    });
    this.poller = new Poller({
      accounts: this.accounts,
      limit: this.limit,
      fetch: spotify.fetch,
      apiUrl: 'https://api.test',
      accountsUrl: 'https://accounts.test',
      clientId: 'client0123',
      clock: spotify.clock,
      playerEveryMs: 30_000,
      say: (line) => this.said.push(line),
      knownListens: async () => this.knownListens,
      publish: async (_user, events) => {
        const crashes = this.crashes.left > 0;
        if (crashes) this.crashes.left -= 1;
        if (!crashes || this.crashes.after) {
          for (const { topic, value } of events) this.#take(topic, JSON.parse(value));
        }
        if (crashes) throw new Error('the process was killed');
      },
      ...this.#options,
    });
    return this.poller;
  }

  /** Every event must keep its contract. */
  #take(topic: string, value: unknown): void {
    const name = eventTopics.find((one) => one === topic)!;
    this.events.push({ topic, ...(topics[name].schema.parse(value) as Omit<TakenEvent, 'topic'>) });
  }

  connect(id: string): FakePerson {
    const person = this.spotify.person(id);
    this.accounts.connect(id, id, this.spotify.tokensOf(person), this.spotify.now);
    return person;
  }

  /** Polls until a moment, as `--watch` does; hours without music pass in longer steps. */
  async until(time: number): Promise<void> {
    while (this.spotify.now < time) {
      await this.poller.round();
      const rest = Math.max(1000, this.poller.restMs(day));
      const step = this.#isQuiet() ? Math.max(rest, quietStep) : rest;
      this.spotify.now = Math.min(time, this.spotify.now + step);
    }
    await this.poller.round();
  }

  #isQuiet(): boolean {
    const { now, people } = this.spotify;
    return !people.some(({ listens }) =>
      listens.some(
        ({ startedAt, heardMs }) =>
          startedAt < now + quietStep && startedAt + heardMs > now - quietStep,
      ),
    );
  }

  /** Events of a topic, each id once, as the warehouse counts them. */
  of(topic: string, user?: string): TakenEvent[] {
    const once = new Map(this.events.map((event) => [event.event_id, event]));
    return [...once.values()].filter(
      (event) => event.topic === topic && (user === undefined || event.user_id === user),
    );
  }
}
