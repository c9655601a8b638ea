/** The fake Spotify on a port of 127.0.0.1, for commands that run as processes of their own. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type FakePerson, FakeSpotify } from './fake-spotify.ts';

export interface FakeSpotifyServer {
  readonly spotify: FakeSpotify;
  readonly url: string;
  /** Who is at the browser, and allows access. */
  visitor: FakePerson | undefined;
}

/** Time is the machine's; `/authorize` sends the visitor back with a code, as Spotify's page does. */
export async function serveFakeSpotify(t: TestContext): Promise<FakeSpotifyServer> {
  const spotify = new FakeSpotify(Date.now());
  const server = createServer(async (request, response) => {
    spotify.now = Date.now();
    const url = new URL(request.url ?? '/', fixture.url);
    if (url.pathname === '/authorize') {
      const redirectUri = url.searchParams.get('redirect_uri') ?? '';
      const back = new URL(redirectUri);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      if (fixture.visitor === undefined) back.searchParams.set('error', 'access_denied');
      else {
        const code = randomUUID();
        const challenge = url.searchParams.get('code_challenge') ?? '';
        spotify.codes.set(code, { challenge, redirectUri, person: fixture.visitor });
        back.searchParams.set('code', code);
      }
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const answer = await spotify.fetch(url.href, {
      method: request.method,
      headers: request.headers as Record<string, string>,
      body: pieces.length === 0 ? undefined : Buffer.concat(pieces).toString(),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const fixture: FakeSpotifyServer = {
    spotify,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visitor: undefined,
  };
  return fixture;
}
