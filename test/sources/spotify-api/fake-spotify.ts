/**
 * A Spotify of our own for tests: people who listen and like, a window of fifty plays, items that are late,
 * tokens that end, refusals and outages. It answers `fetch` from memory and keeps time by the test's clock.
 * Built after the OpenAPI description and what was seen in the wild; an account is not needed.
 */
import { createHash, randomUUID } from 'node:crypto';

export interface FakeTrack {
  readonly id: string;
  readonly name: string;
  readonly artist: string;
  readonly durationMs: number;
}

export interface FakeListen {
  readonly track: FakeTrack;
  readonly startedAt: number;
  readonly heardMs: number;
  readonly private?: boolean;
  /** The item appears on the list this long after the end. */
  readonly lateMs?: number;
  /** What `played_at` tells of this listen. */
  readonly playedAt?: 'start' | 'end';
}

export interface FakePerson {
  readonly id: string;
  readonly listens: FakeListen[];
  /** Newest first. */
  likes: { track: FakeTrack; addedAt: number }[];
  signedInAt: number;
  refreshToken: string;
  accessToken: string;
  accessEndsAt: number;
  withdrawn?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

const iso = (time: number) => new Date(time).toISOString();
const sixMonthsMs = 182 * 86_400_000;

export const fakeTrack = (number: number, durationMs = 200_000): FakeTrack => ({
  id: `track${String(number).padStart(17, '0')}`,
  name: `Song ${number}`,
  artist: `Artist ${number % 7}`,
  durationMs,
});

export const uriOf = (track: FakeTrack) => `spotify:track:${track.id}`;

export class FakeSpotify {
  now: number;
  readonly people: FakePerson[] = [];
  readonly requests: { path: string; at: number; person: string | undefined }[] = [];
  /** Answers that come before any real one, first in, first out; `path` limits them. */
  readonly replies: { path?: string; reply: Reply | 'no connection' }[] = [];
  /** True while nothing answers. */
  down = false;
  /** Most requests in thirty seconds before 429. */
  limit = 180;
  /** Challenges of logins by code. */
  readonly codes = new Map<
    string,
    { challenge: string; redirectUri: string; person: FakePerson }
  >();

  constructor(now: number) {
    this.now = now;
  }

  readonly clock = () => this.now;

  person(id: string): FakePerson {
    const person: FakePerson = {
      id,
      listens: [],
      likes: [],
      signedInAt: this.now,
      refreshToken: `refresh-${id}-${randomUUID()}`,
      accessToken: `access-${id}-${randomUUID()}`,
      accessEndsAt: this.now + 3_600_000,
    };
    this.people.push(person);
    return person;
  }

  tokensOf(person: FakePerson) {
    const { accessToken, accessEndsAt, refreshToken } = person;
    return { accessToken, expiresAt: accessEndsAt, refreshToken };
  }

  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address);
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '');
    const person = this.people.find((one) => one.accessToken === token);
    this.requests.push({ path: url.pathname, at: this.now, person: person?.id });
    if (this.down) throw new TypeError('fetch failed');
    const planned = this.replies.findIndex(
      ({ path }) => path === undefined || url.pathname === path,
    );
    if (planned >= 0) {
      const { reply } = this.replies.splice(planned, 1)[0]!;
      if (reply === 'no connection') throw new TypeError('fetch failed');
      return respond(reply);
    }
    if (url.pathname === '/api/token')
      return respond(this.#token(new URLSearchParams(String(init.body))));
    const recent = this.requests.filter(({ at }) => at > this.now - 30_000).length;
    if (recent > this.limit) {
      return respond({
        status: 429,
        headers: { 'Retry-After': '30' },
        body: { error: { status: 429, message: 'API rate limit exceeded' } },
      });
    }
    if (person === undefined || person.accessEndsAt <= this.now || person.withdrawn) {
      return respond({
        status: 401,
        body: { error: { status: 401, message: 'The access token expired' } },
      });
    }
    return respond(this.#answer(url, person));
  };

  #answer(url: URL, person: FakePerson): Reply {
    const number = (name: string, fallback: number) =>
      Number(url.searchParams.get(name) ?? fallback);
    switch (url.pathname) {
      case '/v1/me':
        return { status: 200, body: { id: person.id, display_name: person.id, type: 'user' } };
      case '/v1/me/player':
        return this.#player(person);
      case '/v1/me/player/recently-played':
        return this.#recent(person, number('limit', 20), url.searchParams);
      case '/v1/me/tracks':
        return this.#saved(person, number('limit', 20), number('offset', 0));
      default:
        return { status: 404, body: { error: { status: 404, message: 'Service not found' } } };
    }
  }

  #player(person: FakePerson): Reply {
    const listen = person.listens.findLast(
      ({ startedAt, heardMs }) => startedAt <= this.now && this.now < startedAt + heardMs,
    );
    if (listen === undefined) return { status: 204 };
    return {
      status: 200,
      body: {
        device: { id: null, type: 'Smartphone', is_private_session: listen.private === true },
        shuffle_state: false,
        repeat_state: 'off',
        timestamp: listen.startedAt,
        context: null,
        progress_ms: this.now - listen.startedAt,
        item: trackBody(listen.track),
        currently_playing_type: 'track',
        is_playing: true,
      },
    };
  }

  #recent(person: FakePerson, limit: number, query: URLSearchParams): Reply {
    if (query.has('before') && query.has('after')) {
      return { status: 400, body: { error: { status: 400, message: 'Only one cursor' } } };
    }
    const all = listedPlays(person, this.now).slice(0, 50);
    const before = Number(query.get('before') ?? Number.POSITIVE_INFINITY);
    const after = Number(query.get('after') ?? 0);
    const items = all.filter(({ at }) => at < before && at > after).slice(0, limit);
    return {
      status: 200,
      body: {
        href: 'https://api.spotify.com/v1/me/player/recently-played',
        items: items.map(({ listen, at }) => ({
          track: trackBody(listen.track),
          played_at: iso(at),
          context: null,
        })),
        limit,
        next: items.length === limit ? 'https://api.spotify.com/next' : null,
        cursors:
          items.length === 0
            ? null
            : { after: String(items[0]!.at), before: String(items.at(-1)!.at) },
      },
    };
  }

  #saved(person: FakePerson, limit: number, offset: number): Reply {
    const items = person.likes.slice(offset, offset + limit);
    return {
      status: 200,
      body: {
        href: 'https://api.spotify.com/v1/me/tracks',
        items: items.map(({ track, addedAt }) => ({
          added_at: iso(addedAt),
          track: trackBody(track),
        })),
        limit,
        offset,
        total: person.likes.length,
        next: offset + items.length < person.likes.length ? 'https://api.spotify.com/next' : null,
        previous: null,
      },
    };
  }

  #token(form: URLSearchParams): Reply {
    if (form.get('client_id') === null) return { status: 400, body: { error: 'invalid_client' } };
    const invalid = {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid grant' },
    };
    if (form.get('grant_type') === 'authorization_code') {
      const known = this.codes.get(form.get('code') ?? '');
      this.codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (known?.challenge !== challenge || known.redirectUri !== form.get('redirect_uri'))
        return invalid;
      known.person.signedInAt = this.now;
      return this.#tokens(known.person);
    }
    const person = this.people.find((one) => one.refreshToken === form.get('refresh_token'));
    if (person === undefined || person.withdrawn || this.now - person.signedInAt >= sixMonthsMs) {
      return {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Refresh token revoked' },
      };
    }
    return this.#tokens(person);
  }

  #tokens(person: FakePerson): Reply {
    person.accessToken = `access-${person.id}-${randomUUID()}`;
    person.accessEndsAt = this.now + 3_600_000;
    // A PKCE client gets a new refresh token each time; the old one is of no use any more.
    person.refreshToken = `refresh-${person.id}-${randomUUID()}`;
    return {
      status: 200,
      body: {
        access_token: person.accessToken,
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: person.refreshToken,
        scope: 'user-read-recently-played',
      },
    };
  }
}

/** Plays that the list shows: at least thirty seconds, not private; newest first. */
export function listedPlays(person: FakePerson, now: number) {
  return person.listens
    .filter(({ heardMs, private: hidden }) => heardMs >= 30_000 && hidden !== true)
    .filter(({ startedAt, heardMs, lateMs }) => startedAt + heardMs + (lateMs ?? 0) <= now)
    .map((listen) => ({
      listen,
      at: listen.playedAt === 'start' ? listen.startedAt : listen.startedAt + listen.heardMs,
    }))
    .sort((a, b) => b.at - a.at);
}

const trackBody = (track: FakeTrack) => ({
  id: track.id,
  uri: uriOf(track),
  type: 'track',
  name: track.name,
  duration_ms: track.durationMs,
  artists: [{ name: track.artist, type: 'artist' }],
  album: { name: `Album of ${track.artist}` },
  is_local: false,
});

function respond({ status, headers = {}, body }: Reply): Response {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers });
}
