import {
  type AccountState,
  type EndedPlayback,
  newState,
  type OutgoingEvent,
  type RecentItem,
} from './account-state.ts';
import type { Account, Accounts } from './accounts.ts';
import type { PlayerState, RecentlyPlayed } from './answers.ts';
import type { SpotifyClient } from './client.ts';
import type { SpotifyFailure } from './failures.ts';
import { deviceOf, heardTrackOf, playedTrackOf } from './heard-track.ts';
import {
  endedEvents,
  likeEvent,
  listedEvent,
  startEvent,
  unlikeEvent,
} from './listening-events.ts';
import { follow, type Sighting } from './playback.ts';
import { beginningOf, gapBefore, listenOf, newItems } from './recent-plays.ts';
import { compareLikes, readLikes } from './saved-tracks.ts';

export const recentEveryMs = 5 * 60_000;
export const likesEveryMs = 30 * 60_000;
const itemsKept = 300;
const pagesRead = 5;
const endedKeptMs = 3 * 86_400_000;
const gapsKept = 100;

/** A listen that is in the lake already, from an export or from before a logout. */
export interface KnownListen {
  readonly trackId: string;
  readonly track: string;
  readonly artist: string;
  readonly startedAt: number;
  readonly listenedMs: number;
}

export interface AccountPollOptions {
  readonly account: Account;
  readonly accounts: Accounts;
  readonly client: SpotifyClient;
  readonly clock: () => number;
  /** Writes events to the log and resolves when they are durable. */
  readonly publish: (user: string, events: readonly OutgoingEvent[]) => Promise<void>;
  /** Listens of the last days that the lake has: asked once, before the first poll. */
  readonly knownListens: (user: string) => Promise<readonly KnownListen[]>;
  /** How often to look at the player, ms. */
  readonly playerEveryMs: number;
  /** Looks at everything now. */
  readonly everything?: boolean;
}

/** Does what is due for one account. @returns what was sent. @throws SpotifyFailure */
export async function pollAccount(options: AccountPollOptions): Promise<OutgoingEvent[]> {
  const { account, accounts, clock } = options;
  const { user } = account;
  const held = accounts.state(user) ?? (await firstState(options));
  // What a crash may have kept from the log goes first; the ids are the same.
  const sent = await deliver(options, held);
  const state = structuredClone(accounts.state(user) ?? held);
  const isDue = (part: keyof AccountState['due']) =>
    options.everything === true || state.due[part] <= clock();
  const run = async (
    part: keyof AccountState['due'],
    everyMs: number,
    work: () => Promise<void>,
  ) => {
    if (!isDue(part)) return;
    await work();
    state.due[part] = clock() + everyMs;
    state.polledAt = clock();
    state.problem = undefined;
    state.failures = 0;
    sent.push(...(await deliver(options, state)));
  };
  await run('player', options.playerEveryMs, () => lookAtPlayer(options, state));
  await run('recent', recentEveryMs, () => readRecent(options, state));
  await run('likes', likesEveryMs, () => lookAtLikes(options, state, sent));
  return sent;
}

async function firstState({ account, knownListens }: AccountPollOptions): Promise<AccountState> {
  const known = await knownListens(account.user);
  return {
    ...newState(account.user),
    ended: known.map((listen) => ({
      track: { uri: listen.trackId, name: listen.track, artist: listen.artist },
      startedAt: listen.startedAt,
      endedAt: listen.startedAt + listen.listenedMs,
      heardMs: listen.listenedMs,
      device: 'unknown',
      private: false,
      skipped: false,
      reason: 'unknown',
      told: true,
    })),
  };
}

/** State first, then the log, then the state without what the log has: nothing is lost or told twice. */
async function deliver(
  { account, accounts, publish }: AccountPollOptions,
  state: AccountState,
): Promise<OutgoingEvent[]> {
  accounts.saveState(state);
  const events = state.outbox.splice(0);
  if (events.length === 0) return [];
  await publish(account.user, events);
  accounts.saveState(state);
  return events;
}

async function lookAtPlayer(options: AccountPollOptions, state: AccountState): Promise<void> {
  const { account, client, clock, playerEveryMs } = options;
  const seen = sightingOf(await client.playerState());
  const blindMs = Math.max(90_000, 3 * playerEveryMs);
  const { playback, ended, started } = follow(state.playback, seen, clock(), blindMs);
  state.playback = playback;
  if (ended !== undefined) endListen(account.user, state, ended);
  if (started && playback !== undefined) state.outbox.push(startEvent(account.user, playback));
}

function endListen(user: string, state: AccountState, ended: EndedPlayback): void {
  // An end that nobody saw is told once the list of recent plays confirms the listen.
  const certain = ended.reason !== 'unknown' || ended.claimedBy !== undefined;
  const told = certain && (ended.heardMs > 0 || ended.reason === 'unknown');
  if (told) state.outbox.push(...endedEvents(user, ended));
  state.ended.push({ ...ended, told });
}

function sightingOf(state: PlayerState | undefined): Sighting | undefined {
  if (state === undefined) return undefined;
  const type = state.currently_playing_type ?? 'track';
  const track = type === 'track' ? playedTrackOf(state.item) : undefined;
  return {
    ...(track === undefined ? {} : { track }),
    progressMs: Math.max(0, Math.round(state.progress_ms ?? 0)),
    playing: state.is_playing,
    device: deviceOf(state.device?.type),
    private: state.device?.is_private_session === true,
    shuffle: state.shuffle_state ?? undefined,
  };
}

async function readRecent(options: AccountPollOptions, state: AccountState): Promise<void> {
  const { account, client, clock } = options;
  const { items, isFull } = await readBack(client, state.recent);
  const gap = gapBefore(state.recent, items, isFull, clock());
  if (gap !== undefined) state.gaps = [...state.gaps, gap].slice(-gapsKept);
  const listed = items.toSorted((a, b) => a.playedAt - b.playedAt);
  for (const item of newItems(state.recent, items)) {
    claim(account.user, state, item, listed);
    state.recent.push(item);
  }
  state.recent = state.recent.toSorted((a, b) => a.playedAt - b.playedAt).slice(-itemsKept);
  state.ended = state.ended.filter(({ endedAt }) => endedAt > clock() - endedKeptMs);
}

/** Reads the list from its top (late items come in anywhere) and on until it meets what is known. */
async function readBack(
  client: SpotifyClient,
  known: readonly RecentItem[],
): Promise<{ items: RecentItem[]; isFull: boolean }> {
  const newest = Math.max(0, ...known.map(({ playedAt }) => playedAt));
  const items: RecentItem[] = [];
  let before: string | undefined;
  for (let page = 0; page < pagesRead; page += 1) {
    const answer = await client.recentlyPlayed(before);
    items.push(...recentItemsOf(answer));
    const oldest = Math.min(...answer.items.map(({ played_at }) => Date.parse(played_at)));
    const isFull = answer.items.length >= Math.min(50, answer.limit ?? 50);
    if (known.length === 0 || oldest <= newest || answer.items.length === 0) {
      // An empty page after a full one: Spotify keeps no more than it has shown.
      return { items, isFull: page > 0 && answer.items.length === 0 };
    }
    before = answer.cursors?.before ?? String(oldest);
    if (!isFull && answer.next == null) return { items, isFull: false };
  }
  return { items, isFull: true };
}

function recentItemsOf(answer: RecentlyPlayed): RecentItem[] {
  return answer.items.flatMap(({ track, played_at }) => {
    const heard =
      track == null || (track.type ?? 'track') !== 'track' ? undefined : heardTrackOf(track);
    return heard === undefined ? [] : [{ track: heard, playedAt: Date.parse(played_at) }];
  });
}

/** Puts a new item to the listen that was followed, or makes a play of it. */
function claim(
  user: string,
  state: AccountState,
  item: RecentItem,
  listed: readonly RecentItem[],
): void {
  const ended = listenOf(item, state.ended);
  if (ended !== undefined) {
    ended.claimedBy = item.playedAt;
    if (!ended.told && ended.reason === 'unknown') {
      state.outbox.push(
        ...endedEvents(user, { ...ended, track: { ...ended.track, ...item.track } }),
      );
      ended.told = true;
    }
    return;
  }
  const open = state.playback && listenOf(item, [state.playback]);
  if (open !== undefined) open.claimedBy = item.playedAt;
  else state.outbox.push(listedEvent(user, item, beginningOf(item, listed)));
}

async function lookAtLikes(
  options: AccountPollOptions,
  state: AccountState,
  sent: OutgoingEvent[],
): Promise<void> {
  const { account, accounts, client, clock } = options;
  const { user } = account;
  const known = accounts.likes(user);
  const likes = await readLikes(client, known);
  if (likes === undefined) return;
  const { liked, unliked } = compareLikes(known ?? [], likes);
  const listens = [...(state.playback === undefined ? [] : [state.playback]), ...state.ended];
  for (const one of liked.toReversed()) {
    const during = listens.find(
      (listen) =>
        listen.track.uri === one.track.uri &&
        listen.startedAt <= one.addedAt &&
        one.addedAt <= ('endedAt' in listen ? listen.endedAt : clock()) + 1000,
    );
    state.outbox.push(likeEvent(user, one, during));
  }
  for (const one of unliked) state.outbox.push(unlikeEvent(user, one, clock()));
  sent.push(...(await deliver(options, state)));
  // Last: a crash before it compares again and makes the same ids.
  accounts.saveLikes(user, likes);
}

/** Notes a failure and when to try again. */
export function noteFailure(
  accounts: Accounts,
  account: Account,
  failure: SpotifyFailure,
  now: number,
): void {
  const state = accounts.state(account.user) ?? newState(account.user);
  const failures = state.failures + 1;
  const pauseMs =
    failure.kind === 'unavailable'
      ? Math.min(30_000 * 2 ** Math.min(failures - 1, 5), 15 * 60_000)
      : 60 * 60_000;
  const retryAt = Math.max(
    now + (failure.retryAt === undefined ? pauseMs : 1000),
    failure.retryAt ?? 0,
  );
  const later = (due: number) => Math.max(due, retryAt);
  const { player, recent, likes } = state.due;
  accounts.saveState({
    ...state,
    failures,
    problem: failure.message,
    due: { player: later(player), recent: later(recent), likes: later(likes) },
  });
}
