import type { z } from 'zod';
import { playerState, profile, recentlyPlayed, savedTracks } from './answers.ts';
import { failureOf, SpotifyFailure } from './failures.ts';
import type { RequestLimit } from './request-limit.ts';
import type { Fetch } from './token-endpoint.ts';

const timeoutMs = 20_000;

export interface ClientOptions {
  readonly fetch: Fetch;
  /** Such as `https://api.spotify.com`. */
  readonly apiUrl: string;
  readonly limit: RequestLimit;
  /** A token that is still good; `renew` after one was refused. @throws SpotifyFailure */
  readonly accessToken: (renew: boolean) => Promise<string>;
}

/** The four requests of the Web API that are needed. Every failure is a `SpotifyFailure`. */
export class SpotifyClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async profile() {
    return this.#present(await this.#get('/v1/me', profile), '/v1/me');
  }

  /** What plays now; undefined when nothing does (204). */
  async playerState() {
    return await this.#get('/v1/me/player?additional_types=track%2Cepisode', playerState);
  }

  /** The newest plays, or those before a cursor. `after` and `before` exclude each other. */
  async recentlyPlayed(before?: string) {
    const cursor = before === undefined ? '' : `&before=${encodeURIComponent(before)}`;
    const path = `/v1/me/player/recently-played?limit=50${cursor}`;
    return this.#present(await this.#get(path, recentlyPlayed), path);
  }

  async savedTracks(offset: number) {
    const path = `/v1/me/tracks?limit=50&offset=${offset}`;
    return this.#present(await this.#get(path, savedTracks), path);
  }

  #present<T>(answer: T | undefined, path: string): T {
    if (answer !== undefined) return answer;
    throw new SpotifyFailure('unavailable', `Spotify sent nothing for ${path.split('?')[0]}.`);
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const { limit, accessToken } = this.#options;
    const shown = path.split('?')[0]!;
    let answer = await this.#send(path, await accessToken(false));
    if (answer.status === 401) answer = await this.#send(path, await accessToken(true));
    const { status, retryAfter, body } = answer;
    if (status === 429) {
      const retryAt = limit.refused(retryAfter);
      throw new SpotifyFailure(
        'rate_limited',
        `Spotify asks to wait until ${new Date(retryAt).toISOString()}.`,
        { retryAt },
      );
    }
    limit.answered();
    if (status === 204) return undefined;
    if (status !== 200) throw failureOf(status, body, shown);
    try {
      return schema.parse(JSON.parse(body));
    } catch (error) {
      throw new SpotifyFailure('unavailable', `Spotify's answer for ${shown} cannot be read.`, {
        cause: error,
      });
    }
  }

  async #send(path: string, token: string) {
    const { fetch, apiUrl, limit } = this.#options;
    if (limit.waitingUntil !== undefined) {
      throw new SpotifyFailure('rate_limited', 'Spotify has asked to wait.', {
        retryAt: limit.waitingUntil,
      });
    }
    await limit.turn();
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.text(),
      };
    } catch (error) {
      throw new SpotifyFailure('unavailable', 'Spotify does not answer.', { cause: error });
    }
  }
}
