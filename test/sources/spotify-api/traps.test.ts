/** What the Web API is known to do to those who trust it, each as a test. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signInWarning } from '../../../src/sources/spotify-api/accounts.ts';
import { login } from '../../../src/sources/spotify-api/login.ts';
import { retryAfterMs } from '../../../src/sources/spotify-api/retry-after.ts';
import { fakeTrack, type Reply, uriOf } from './fake-spotify.ts';
import { beginning, day, hour, minute, PollFixture } from './poll-fixture.ts';

const recently = '/v1/me/player/recently-played';

test('Retry-After is honoured as seconds, 0, a date, nothing and 13,749', () => {
  const now = Date.UTC(2026, 2, 2);
  assert.equal(retryAfterMs('30', now, 1), 30_000);
  assert.equal(retryAfterMs('13749', now, 1), 13_749_000);
  assert.equal(retryAfterMs(' 5 ', now, 1), 5_000);
  assert.equal(retryAfterMs('Mon, 02 Mar 2026 00:02:00 GMT', now, 1), 120_000);
  assert.ok(retryAfterMs(null, now, 1) >= 30_000);
  assert.ok(retryAfterMs('soon', now, 1) >= 30_000);
  // 0 again and again would make a loop: each refusal in a row waits longer.
  const waits = [1, 2, 3, 4].map((strikes) => retryAfterMs('0', now, strikes));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
  assert.ok(retryAfterMs('999999999', now, 1) <= 48 * 3_600_000);
});

for (const [name, reply, waitMs] of [
  [
    'a lower-case header of 13,749 s',
    { status: 429, headers: { 'retry-after': '13749' } },
    13_749_000,
  ],
  ['no header and no body', { status: 429 }, 30_000],
  [
    'a body without a header',
    { status: 429, body: { error: { status: 429, message: 'API rate limit exceeded' } } },
    30_000,
  ],
] satisfies [string, Reply, number][]) {
  test(`after a 429 with ${name} nobody asks anything before the time, restarts included`, async (context) => {
    const fixture = new PollFixture(context);
    fixture.connect('anna');
    fixture.connect('ben');
    fixture.spotify.replies.push({ path: recently, reply });
    await fixture.poller.round();
    const refusedAt = fixture.spotify.now;
    const before = fixture.spotify.requests.length;
    fixture.restart();
    await fixture.until(refusedAt + waitMs - 1000);
    assert.equal(fixture.spotify.requests.length, before);
    await fixture.until(refusedAt + waitMs + 3 * minute);
    assert.ok(fixture.spotify.requests.length > before);
    assert.equal(fixture.accounts.state('anna')!.problem, undefined);
  });
}

test('Retry-After 0 makes no storm of requests', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  for (let one = 0; one < 200; one += 1) {
    fixture.spotify.replies.push({ reply: { status: 429, headers: { 'Retry-After': '0' } } });
  }
  await fixture.until(beginning + 10 * minute);
  assert.ok(fixture.spotify.requests.length < 20, `${fixture.spotify.requests.length} requests`);
});

test('204 is nobody listening, not a failure', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  fixture.spotify.replies.push({ path: '/v1/me/player', reply: { status: 204 } });
  const [result] = await fixture.poller.round(true);
  assert.equal(result!.problem, undefined);
  assert.deepEqual(fixture.events, []);
});

test('401, 403, 404, 5xx, no connection and nonsense are told apart, and one account stops alone', async (context) => {
  const kinds: [Reply | 'no connection', string][] = [
    [
      { status: 403, body: { error: { status: 403, message: 'User not registered' } } },
      'forbidden',
    ],
    [
      { status: 403, body: { error: { status: 403, message: 'Insufficient client scope' } } },
      'login_needed',
    ],
    [{ status: 404, body: { error: { status: 404, message: 'Not found' } } }, 'not_found'],
    [{ status: 502, body: '<html>Bad gateway</html>' }, 'unavailable'],
    ['no connection', 'unavailable'],
    [{ status: 200, body: 'not json' }, 'unavailable'],
    [{ status: 200, body: { items: 'strange' } }, 'unavailable'],
  ];
  for (const [reply, kind] of kinds) {
    const fixture = new PollFixture(context);
    fixture.connect('anna');
    fixture.connect('ben');
    fixture.spotify.replies.push({ path: recently, reply });
    const [anna, ben] = await fixture.poller.round(true);
    assert.equal(anna!.kind, kind, JSON.stringify(reply));
    assert.equal(ben!.kind, undefined);
  }
});

test('a 403 says that the app must name the person and its owner needs Premium, and is not tried every minute', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  const ben = fixture.connect('ben');
  ben.listens.push({ track: fakeTrack(1), startedAt: beginning + minute, heardMs: 200_000 });
  const body = { error: { status: 403, message: 'User not registered in the dashboard' } };
  fixture.spotify.replies.push({ path: '/v1/me/player', reply: { status: 403, body } });
  await fixture.until(beginning + 50 * minute);
  assert.match(fixture.said.join(), /anna: .* must name this person, and its owner needs Premium/);
  const asked = fixture.spotify.requests.filter(({ person }) => person === 'anna').length;
  assert.equal(asked, 1);
  assert.equal(fixture.of('plays', 'ben').length, 1);
  await fixture.until(beginning + 2 * hour);
  assert.equal(fixture.accounts.state('anna')!.problem, undefined, 'allowed since');
});

test('a 401 renews the token once and goes on', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.connect('anna');
  person.accessToken = 'another';
  const [result] = await fixture.poller.round(true);
  assert.equal(result!.problem, undefined);
  const asked = fixture.spotify.requests.map(({ path }) => path);
  assert.equal(asked.filter((path) => path === '/api/token').length, 1);
});

test('an access token is renewed before its end, for as long as the sign-in lives', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  await fixture.until(beginning + 2 * day);
  assert.deepEqual(fixture.said, []);
  const renewals = fixture.spotify.requests.filter(({ path }) => path === '/api/token').length;
  assert.ok(renewals >= 47 && renewals <= 60, `${renewals} renewals`);
});

test('a withdrawn sign-in stops that account only, asks for a login once, and is not tried again', async (context) => {
  const fixture = new PollFixture(context);
  const anna = fixture.connect('anna');
  const ben = fixture.connect('ben');
  anna.withdrawn = true;
  ben.listens.push({ track: fakeTrack(1), startedAt: beginning + minute, heardMs: 200_000 });
  await fixture.until(beginning + day);
  assert.ok(fixture.accounts.find('anna')!.loginNeeded !== undefined);
  assert.equal(fixture.of('plays', 'ben').length, 1);
  const told = fixture.said.filter((line) => line.includes('spotify login --user anna'));
  assert.equal(told.length, 1);
  const tried = fixture.spotify.requests.filter(({ path }) => path === '/api/token');
  const early = tried.filter(({ at }) => at < beginning + minute).length;
  assert.ok(early >= 1);
  const before = fixture.spotify.requests.filter(({ person }) => person === 'anna').length;
  await fixture.until(beginning + 5 * hour);
  assert.equal(fixture.spotify.requests.filter(({ person }) => person === 'anna').length, before);
});

test('the end of a sign-in is told a month and a week before, and after six months it stops', async (context) => {
  const fixture = new PollFixture(context, { playerEveryMs: day });
  fixture.connect('anna');
  const account = fixture.accounts.find('anna')!;
  assert.equal(signInWarning(account, beginning + 140 * day), undefined);
  assert.match(signInWarning(account, beginning + 160 * day)!, /ends on 2026-09-02/);
  assert.match(signInWarning(account, beginning + 180 * day)!, /ends in 4 days/);
  assert.match(signInWarning(account, beginning + 190 * day)!, /has ended after six months/);
  fixture.spotify.now = beginning + 183 * day;
  await fixture.poller.round(true);
  assert.ok(fixture.accounts.find('anna')!.loginNeeded !== undefined);
});

test('the list is asked for fifty at most, and never with both cursors', async (context) => {
  const asked: URL[] = [];
  const fixture = new PollFixture(context);
  const fetched = fixture.spotify.fetch;
  const person = fixture.spotify.person('anna');
  fixture.accounts.connect('anna', 'anna', fixture.spotify.tokensOf(person), beginning);
  const watched = new PollFixture(context, {
    accounts: fixture.accounts,
    fetch: async (address, init) => {
      asked.push(new URL(address));
      return await fetched(address, init);
    },
  });
  for (let number = 0; number < 120; number += 1) {
    person.listens.push({
      track: fakeTrack(number),
      startedAt: beginning - (120 - number) * 4 * minute,
      heardMs: 200_000,
    });
  }
  await watched.poller.round(true);
  const lists = asked.filter(({ pathname }) => pathname === recently);
  assert.ok(lists.length > 0);
  for (const { searchParams } of lists) {
    assert.ok(Number(searchParams.get('limit')) <= 50);
    assert.ok(!(searchParams.has('before') && searchParams.has('after')));
  }
});

test('what an export has brought already is not told again by the API', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.spotify.person('anna');
  const track = fakeTrack(3);
  const startedAt = beginning - 20 * minute;
  person.listens.push({ track, startedAt, heardMs: 200_000, playedAt: 'end' });
  fixture.knownListens = [
    {
      trackId: uriOf(track),
      track: track.name,
      artist: track.artist,
      startedAt,
      listenedMs: 200_000,
    },
  ];
  fixture.accounts.connect('anna', 'anna', fixture.spotify.tokensOf(person), beginning);
  await fixture.until(beginning + hour);
  assert.deepEqual(fixture.of('plays'), []);
});

test('likes and likes taken back are told once each, over restarts', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.connect('anna');
  person.likes = [{ track: fakeTrack(1), addedAt: beginning - day }];
  await fixture.until(beginning + hour);
  person.likes = [{ track: fakeTrack(2), addedAt: fixture.spotify.now }];
  fixture.restart();
  await fixture.until(beginning + 3 * hour);
  const told = fixture.of('likes').map(({ track_id, liked }) => [track_id, liked]);
  assert.deepEqual(told, [
    [uriOf(fakeTrack(1)), true],
    [uriOf(fakeTrack(2)), true],
    [uriOf(fakeTrack(1)), false],
  ]);
});

test('a crash before or after the log has the events loses none and makes none twice', async (context) => {
  for (const after of [false, true]) {
    const fixture = new PollFixture(context);
    const person = fixture.connect('anna');
    for (let number = 0; number < 5; number += 1) {
      person.listens.push({
        track: fakeTrack(number),
        startedAt: beginning - (6 - number) * 4 * minute,
        heardMs: 200_000,
      });
    }
    fixture.crashes = { left: 1, after };
    await assert.rejects(fixture.poller.round(true), /killed/);
    fixture.restart();
    await fixture.poller.round(true);
    assert.equal(fixture.of('plays').length, 5);
    assert.equal(fixture.events.filter(({ topic }) => topic === 'plays').length, after ? 10 : 5);
  }
});

test('a poll that was under way brings nothing back of an account that was removed', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  await fixture.poller.round(true);
  const state = fixture.accounts.state('anna')!;
  assert.equal(fixture.accounts.remove('anna'), true);
  fixture.accounts.saveState(state);
  fixture.accounts.saveLikes('anna', []);
  assert.deepEqual(readdirSync(join(fixture.directory, 'accounts')), []);
});

test('no token lies readable on the disk', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.connect('anna');
  await fixture.until(beginning + 2 * hour);
  const folder = join(fixture.directory, 'accounts');
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8');
    assert.ok(!text.includes(person.accessToken) && !text.includes(person.refreshToken), name);
  }
  assert.ok(!fixture.said.join().includes(person.refreshToken));
});

test('an episode or an advert in the player is nobody’s track, and no failure', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  const player = (currently_playing_type: string, item: object | null) => ({
    path: '/v1/me/player',
    reply: {
      status: 200,
      body: {
        device: { id: null, type: 'Smartphone', is_private_session: false },
        timestamp: beginning,
        progress_ms: 1000,
        is_playing: true,
        currently_playing_type,
        item,
      },
    },
  });
  const episode = { type: 'episode', id: 'e1', uri: 'spotify:episode:e1', name: 'Talk' };
  fixture.spotify.replies.push(player('episode', episode), player('ad', null));
  fixture.spotify.replies.push(player('unknown', null));
  await fixture.until(beginning + hour);
  assert.deepEqual(fixture.spotify.replies, [], 'all of them were looked at');
  assert.deepEqual(fixture.events, []);
  assert.equal(fixture.accounts.state('anna')!.problem, undefined);
});

test('a track without a name or an address costs neither the rest of a list nor the likes', async (context) => {
  const fixture = new PollFixture(context);
  fixture.connect('anna');
  const whole = { uri: 'spotify:track:1', name: 'Jóga', artists: [{ name: 'Björk' }] };
  const tracks = [{ ...whole, name: null }, whole, { ...whole, uri: null }, null];
  const added_at = '2026-03-01T08:00:00Z';
  const likes = { total: 4, items: tracks.map((track) => ({ added_at, track })) };
  const played_at = '2026-03-02T07:00:00Z';
  const list = { items: tracks.map((track) => ({ played_at, track })) };
  fixture.spotify.replies.push({ path: recently, reply: { status: 200, body: list } });
  fixture.spotify.replies.push({ path: '/v1/me/tracks', reply: { status: 200, body: likes } });
  const [result] = await fixture.poller.round(true);
  assert.equal(result!.problem, undefined);
  const told = ['plays', 'likes'].map((topic) => fixture.of(topic).map((event) => event.track_id));
  assert.deepEqual(told, [[whole.uri], [whole.uri]]);
});

test('nothing is asked of what Spotify has closed to new apps or taken away', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.connect('anna');
  for (let number = 0; number < 40; number += 1) {
    const startedAt = beginning + number * 20 * minute;
    person.listens.push({ track: fakeTrack(number), startedAt, heardMs: 200_000 });
  }
  person.likes = [{ track: fakeTrack(1), addedAt: beginning }];
  await fixture.until(beginning + 3 * hour);
  const asked = new Set(fixture.spotify.requests.map(({ path }) => path));
  assert.deepEqual([...asked].sort(), [
    '/api/token',
    '/v1/me/player',
    '/v1/me/player/recently-played',
    '/v1/me/tracks',
  ]);
});

test('the redirect of a login is 127.0.0.1 by its number: Spotify refuses the name localhost', async () => {
  const stop = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const before = timers();
  const { promise: opened, resolve: onAddress } = Promise.withResolvers<string>();
  const signedIn = login({
    fetch: async () => new Response(null, { status: 500 }),
    accountsUrl: 'https://accounts.test',
    clientId: 'client0123',
    clock: () => beginning,
    port: 0,
    timeoutMs: minute,
    signal: stop.signal,
    onAddress,
  });
  const { searchParams } = new URL(await opened);
  assert.match(searchParams.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  assert.equal(searchParams.get('code_challenge_method'), 'S256');
  stop.abort();
  await assert.rejects(signedIn, { code: 'TNA_SPOTIFY_LOGIN_FAILED', message: /was stopped/ });
  assert.equal(timers(), before, 'nothing keeps the command from ending');
});
