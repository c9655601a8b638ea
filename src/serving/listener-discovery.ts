import { dayText, startOf, type Unit } from './calendar-days.ts';
import type { Discovery, DiscoveryStep, EndPlay, Forgotten, Found } from './discovery-queries.ts';
import { daysOf } from './everyone-tops.ts';
import { type Counted, compareBytes, countBy, instantOf, type Play } from './listener-history.ts';
import { playsIn } from './listener-trends.ts';

const forgottenUs = 90 * 86_400_000_000;

/** New against known and what was forgotten, of one listener. */
export function discoveryOfListener(
  history: readonly Play[],
  range: { from: string; to: string },
  unit: Unit,
): Discovery {
  const days = daysOf(range);
  const plays = playsIn(history, days);
  const heard = countBy(history, ({ artistKey }) => artistKey);
  const found = [...heard.values()]
    .filter(({ first, streams }) => first.day >= days.from && first.day <= days.to && streams > 0)
    .sort(
      (one, other) =>
        other.streams - one.streams ||
        other.ms - one.ms ||
        one.first.timestamp - other.first.timestamp,
    )
    .slice(0, 20)
    .map(
      ({ first, last, streams, ms }): Found => ({
        artist: last.artist,
        track: first.track,
        first_played_at: instantOf(first),
        streams,
        ms_played: ms,
      }),
    );
  const ends = plays.length === 0 ? undefined : [plays[0]!, plays.at(-1)!];
  return {
    steps: stepsOf(plays, heard, unit, days.from),
    found,
    forgotten: forgottenOf(history),
    first: ends === undefined ? null : endPlay(ends[0]!),
    last: ends === undefined ? null : endPlay(ends[1]!),
  };
}

const endPlay = (play: Play): EndPlay => ({
  timestamp: instantOf(play).replace(/\.\d+/, ''),
  track: play.track,
  artist: play.artist,
});

/** Step by step, oldest first. */
function stepsOf(
  plays: readonly Play[],
  heard: ReadonlyMap<string, Counted>,
  unit: Unit,
  rangeFrom: number,
): DiscoveryStep[] {
  const steps = new Map<number, Play[]>();
  // Plays are ordered by time, and so are the steps.
  for (const play of plays) {
    const start = startOf(play.day, unit);
    const held = steps.get(start);
    if (held === undefined) steps.set(start, [play]);
    else held.push(play);
  }
  return [...steps].map(([start, played]) => {
    const artists = [...countBy(played, ({ artistKey }) => artistKey).values()];
    const from = Math.max(start, rangeFrom);
    const added = artists.filter(({ key }) => heard.get(key)!.first.day >= from);
    const sumOf = (counted: readonly Counted[]) =>
      counted.reduce((sum, { streams }) => sum + streams, 0);
    const sum = sumOf(artists);
    let entropy = 0;
    for (const { streams } of artists) {
      if (streams > 0) entropy -= (streams / sum) * Math.log(streams / sum);
    }
    return {
      start: dayText(start),
      streams: sum,
      artists: artists.filter(({ streams }) => streams > 0).length,
      new_artists: added.length,
      new_streams: sumOf(added),
      diversity: sum > 0 ? Math.round(Math.exp(entropy) * 100) / 100 : 0,
    };
  });
}

/** Tracks streamed at least five times and not once in the last 90 days of the history. */
function forgottenOf(history: readonly Play[]): Forgotten[] {
  const latest = (history.at(-1)?.timestamp ?? 0) - forgottenUs;
  return [...countBy(history, ({ trackId }) => trackId).values()]
    .filter(({ streams, last }) => streams >= 5 && last.timestamp < latest)
    .sort(
      (one, other) =>
        other.streams - one.streams ||
        one.last.timestamp - other.last.timestamp ||
        compareBytes(one.key, other.key),
    )
    .slice(0, 20)
    .map(({ key, last, streams }) => ({
      track_id: key,
      track: last.track,
      artist: last.artist,
      streams,
      last_played_at: instantOf(last),
    }));
}
