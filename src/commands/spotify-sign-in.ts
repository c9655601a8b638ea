import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { SpotifySignIn } from '../serving/index.ts';
import {
  beginLogin,
  exchangeCode,
  type Fetch,
  openAccounts,
  openRequestLimit,
  SpotifyClient,
} from '../sources/spotify-api/index.ts';

/** Signing in with Spotify, for the server; undefined where no app at Spotify is named. Its tokens are used once and not kept. */
export function spotifySignIn(
  config: Config,
  { clock, fetch }: { clock: () => number; fetch: Fetch },
): SpotifySignIn | undefined {
  const { accountsUrl, apiUrl, clientId } = config.spotify;
  if (clientId === undefined) return undefined;
  const accounts = openAccounts(config);
  return {
    begin: (redirectUri) => beginLogin({ accountsUrl, clientId, redirectUri, scopes: [] }),
    async finish(code) {
      const tokens = await exchangeCode({ fetch, accountsUrl, clientId, clock }, code);
      const client = new SpotifyClient({
        fetch,
        apiUrl,
        limit: openRequestLimit(config, clock, async (ms) => delay(ms)),
        accessToken: async () => tokens.accessToken,
      });
      return (await client.profile()).id;
    },
    connected(spotifyId) {
      const account = accounts.list().find((one) => one.spotifyId === spotifyId);
      return account && { user: account.user, role: 'listener' };
    },
  };
}
