import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type FakeListen,
  type FakePerson,
  fakeTrack,
  listedPlays,
  uriOf,
} from '../sources/spotify-api/fake-spotify.ts';
import {
  beginning,
  day,
  hour,
  minute,
  PollFixture,
  type TakenEvent,
} from '../sources/spotify-api/poll-fixture.ts';

/** Numbers between 0 and 1, the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Weeks of listening: sessions, skips, repeats, pauses between, a private evening, items that come late. */
function listenForDays(person: FakePerson, days: number, seed: number): void {
  const random = seeded(seed);
  for (let one = 0; one < days; one += 1) {
    for (const begins of [8, 18]) {
      let at = beginning + one * day + begins * hour - 8 * hour + random() * hour;
      const tracks = 8 + Math.floor(random() * 12);
      const hidden = one % 5 === 3 && begins === 18;
      for (let index = 0; index < tracks; index += 1) {
        const number = Math.floor(random() * 60);
        const track = fakeTrack(number, 150_000 + (number % 5) * 30_000);
        const choice = random();
        const heardMs =
          choice < 0.15
            ? 4_000 + random() * 20_000
            : choice < 0.3
              ? 35_000 + random() * 70_000
              : track.durationMs;
        person.listens.push({
          track,
          startedAt: Math.round(at),
          heardMs: Math.round(heardMs),
          private: hidden,
          lateMs: random() < 0.2 ? random() * 3 * hour : random() * 30_000,
          playedAt: random() < 0.5 ? 'start' : 'end',
        } satisfies FakeListen);
        at += heardMs + (random() < 0.1 ? 40 * minute : 0);
      }
    }
  }
}

/**
 * A play of this listen. One that was followed tells its start; one that only the list tells of has
 * `played_at`, which is the start or the end, or a track's length before it.
 */
const isOf = (listen: FakeListen) => (play: TakenEvent) => {
  const told = Date.parse(play.timestamp);
  const times = [listen.startedAt];
  if (play.device === 'unknown')
    times.push(listen.startedAt + listen.heardMs, listen.startedAt - listen.track.durationMs);
  return (
    play.track_id === uriOf(listen.track) && times.some((time) => Math.abs(told - time) <= 90_000)
  );
};

/**
 * What has no play of its own: each play stands for one listen. Items of one track that are listed
 * less than 90 s apart count as one, by rule.
 */
function unmatched(listed: readonly { listen: FakeListen; at: number }[], plays: TakenEvent[]) {
  const left = new Set(plays);
  return listed.filter(({ listen, at }) => {
    const play = [...left].find(isOf(listen));
    if (play !== undefined) return !left.delete(play);
    return !listed.some(
      (other) =>
        other.listen !== listen &&
        other.listen.track.id === listen.track.id &&
        Math.abs(other.at - at) <= 90_000,
    );
  });
}

test('the plays of a week are told once each, with late items, both meanings of played_at and restarts', async (context) => {
  const fixture = new PollFixture(context, { playerEveryMs: 2 * minute });
  const person = fixture.connect('anna');
  listenForDays(person, 7, 7);
  for (let one = 1; one <= 7; one += 1) {
    await fixture.until(beginning + one * day);
    if (one % 2 === 0) fixture.restart();
  }
  const plays = fixture.of('plays');
  const listed = listedPlays(person, fixture.spotify.now);
  const missing = unmatched(listed, plays);
  assert.deepEqual(missing, []);
  const made = plays.filter((play) => !person.listens.some((listen) => isOf(listen)(play)));
  assert.deepEqual(made, [], 'no play was made up');
  assert.ok(plays.length <= person.listens.length);
  assert.deepEqual(fixture.accounts.state('anna')!.gaps, []);
  assert.equal(fixture.said.length, 0, fixture.said.join('\n'));
});

test('what is called a skip was one, and private listening is never told as public', async (context) => {
  const fixture = new PollFixture(context);
  const person = fixture.connect('anna');
  listenForDays(person, 4, 11);
  fixture.spotify.now = beginning + 2 * day;
  await fixture.until(beginning + 4 * day);
  const skips = fixture.of('skips');
  assert.ok(skips.length > 5, `${skips.length} skips`);
  for (const skip of skips) {
    const listen = person.listens.find((one) => isOf(one)(skip));
    assert.ok(listen !== undefined && listen.heardMs < listen.track.durationMs, skip.timestamp);
    assert.ok(Math.abs(skip.duration - listen.heardMs) < 35_000);
    const play = fixture.of('plays').find((one) => one.play_id === skip.play_id);
    assert.equal(play?.skipped, true);
  }
  const hidden = person.listens.filter((listen) => listen.private);
  const told = [...fixture.of('plays'), ...fixture.of('starts')].filter((event) =>
    hidden.some((listen) => isOf(listen)(event)),
  );
  assert.ok(told.length > 0);
  assert.ok(told.every((event) => event.private === true));
  assert.ok(fixture.of('starts').every((start) => start.device === 'mobile'));
});

test('what an outage of days lost lies in a gap that is recorded, and nothing else is missing', async (context) => {
  const fixture = new PollFixture(context, { playerEveryMs: 5 * minute });
  const person = fixture.connect('anna');
  listenForDays(person, 9, 3);
  await fixture.until(beginning + 3 * day);
  fixture.spotify.down = true;
  await fixture.until(beginning + 7 * day);
  fixture.spotify.down = false;
  await fixture.until(beginning + 9 * day);
  const { gaps } = fixture.accounts.state('anna')!;
  assert.equal(gaps.length, 1);
  const plays = fixture.of('plays');
  const missing = unmatched(listedPlays(person, fixture.spotify.now), plays);
  assert.ok(missing.length > 10);
  for (const { at } of missing) {
    assert.ok(
      at >= gaps[0]!.from - 90_000 && at <= gaps[0]!.to + 90_000,
      new Date(at).toISOString(),
    );
  }
  assert.deepEqual(
    fixture.said.filter((line) => line.includes('again')),
    ['anna: Spotify answers again.'],
  );
});

test('the requests of weeks stay inside the limit, and a person without music costs few', async (context) => {
  const fixture = new PollFixture(context);
  for (const name of ['anna', 'ben', 'cleo', 'dora', 'emil']) fixture.connect(name);
  await fixture.until(beginning + 2 * hour);
  const { requests } = fixture.spotify;
  for (const { at } of requests) {
    const near = requests.filter((one) => one.at > at - 30_000 && one.at <= at);
    assert.ok(near.length <= 60);
  }
});
