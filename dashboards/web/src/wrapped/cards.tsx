import type { ReactNode } from 'react';
import { count, duration, percent } from '../format.ts';
import { streaks } from '../trends/period.ts';
import type { WrappedAnswer } from './answer.ts';
import { Big, Frame, Kicker, margin, type Palette, Small, width } from './frame.tsx';
import { hoursIn, personality } from './personality.ts';
import { Column, Days, Dial, Fact, List, type Top } from './pictures.tsx';

export interface Card {
  readonly key: string;
  /** What the card says, in words: for screen readers, and as the name of its file. */
  readonly title: string;
  readonly words: string;
  readonly picture: ReactNode;
}

/** The story of a year or a month, card by card. */
export function cardsOf(answer: WrappedAnswer, period: string, offset: number): Card[] {
  const { totals, tops, user_id: user } = answer;
  const of = (kind: string) => tops.filter((top) => top.kind === kind);
  const [artists, tracks, albums, genres] = ['artist', 'track', 'album', 'genre'].map(of) as [
    Top[],
    Top[],
    Top[],
    Top[],
  ];
  const minutes = Math.round(totals.ms_played / 60_000);
  const busiest = answer.days.reduce((best, day) => (day.ms_played > best.ms_played ? day : best));
  const day = hoursIn(answer.hours, offset);
  const who = personality(day);
  const streak = streaks(answer.days.map((one) => one.day)).longest!;
  const newShare = totals.artists > 0 ? answer.new_artists / totals.artists : 0;
  const nice = (iso: string) =>
    new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
  const frame = (
    key: string,
    palette: Palette,
    children: ReactNode,
    grooves?: [number, number, number],
  ) => (
    <Frame id={key} palette={palette} period={period} user={user} {...(grooves ? { grooves } : {})}>
      {children}
    </Frame>
  );
  const names = (items: Top[]) =>
    items
      .map(
        (item) => `${item.rank}. ${item.name}${item.kind === 'track' ? ` by ${item.artist}` : ''}`,
      )
      .join(', ');
  const favourites = (
    key: string,
    title: string,
    kicker: string,
    palette: Palette,
    items: Top[],
  ): Card | undefined =>
    items.length === 0
      ? undefined
      : {
          key,
          title,
          words: names(items),
          picture: frame(
            key,
            palette,
            <>
              <Kicker palette={palette}>{kicker}</Kicker>
              <List items={items} palette={palette} />
            </>,
          ),
        };
  const number = (card: {
    key: string;
    title: string;
    words: string;
    palette: Palette;
    kicker: string;
    value: number;
    unit: string;
    text: string;
  }): Card => ({
    key: card.key,
    title: card.title,
    words: card.words,
    picture: frame(
      card.key,
      card.palette,
      <>
        <Kicker palette={card.palette}>{card.kicker}</Kicker>
        <Big text={count(card.value)} y={560} size={210} />
        <Big text={card.unit} y={680} size={92} />
        <Small text={card.text} y={860} size={46} />
      </>,
    ),
  });
  const zone = offset === 0 ? 'UTC' : `UTC${offset > 0 ? '+' : '−'}${Math.abs(offset)}`;
  const cards: (Card | undefined)[] = [
    {
      key: 'cover',
      title: `${user} · ${period}`,
      words: `${count(totals.plays)} plays of ${count(totals.artists)} artists. It began with ${totals.first_track} by ${totals.first_artist}.`,
      picture: frame(
        'cover',
        'night',
        <>
          <Kicker palette="night">Wrapped</Kicker>
          <Big text={period} y={960} size={period.length > 5 ? 118 : 210} lines={2} />
          <Small
            text={`${count(totals.plays)} plays, ${count(totals.artists)} artists, and one first song: ${totals.first_track} by ${totals.first_artist}, on ${nice(totals.first_played_at)}.`}
            y={1090}
          />
        </>,
        [width / 2, 480, 520],
      ),
    },
    number({
      key: 'minutes',
      title: 'Minutes',
      words: `${count(minutes)} minutes on ${count(totals.days)} days. The longest was ${nice(busiest.day)}: ${duration(busiest.ms_played)}.`,
      palette: 'rust',
      kicker: 'You listened for',
      value: minutes,
      unit: 'minutes',
      text: `That is ${duration(totals.ms_played)} on ${count(totals.days)} days. ${nice(busiest.day)} was the longest: ${duration(busiest.ms_played)}.`,
    }),
    favourites('artists', 'Top artists', 'Your artists', 'plum', artists),
    favourites('tracks', 'Top tracks', 'Your songs', 'sea', tracks),
    favourites('albums', 'Top albums', 'Your albums', 'forest', albums),
    favourites('genres', 'Top genres', 'Your genres', 'rust', genres),
    {
      key: 'clock',
      title: who.name,
      words: `${percent(who.share)} of the time between ${who.when}, ${zone}.`,
      picture: frame(
        'clock',
        'ink',
        <>
          <Kicker palette="ink">Your hours</Kicker>
          <Big text={who.name} y={300} size={120} />
          <Small
            text={`${percent(who.share)} of your time was between ${who.when} (${zone}).`}
            y={400}
            lines={2}
          />
          <Dial day={day} palette="ink" />
        </>,
      ),
    },
    number({
      key: 'discovery',
      title: 'Discovery',
      words: `${count(answer.new_artists)} new artists${answer.found ? `; ${answer.found.artist} stayed, with ${count(answer.found.streams)} streams` : ''}.`,
      palette: 'forest',
      kicker:
        newShare >= 0.5 ? 'An explorer' : newShare >= 0.2 ? 'Old friends, new friends' : 'Faithful',
      value: answer.new_artists,
      unit: answer.new_artists === 1 ? 'new artist' : 'new artists',
      text: answer.found
        ? `The one that stayed: ${answer.found.artist}, streamed ${count(answer.found.streams)} times.`
        : 'Everybody you played was known to you before.',
    }),
    {
      key: 'streak',
      title: 'Longest streak',
      words: `${count(streak.days)} days in a row with music, from ${nice(streak.from)} to ${nice(streak.to)}.`,
      picture: frame(
        'streak',
        'night',
        <>
          <Kicker palette="night">Day after day</Kicker>
          <Big
            text={`${count(streak.days)} ${streak.days === 1 ? 'day' : 'days'}`}
            y={330}
            size={150}
          />
          <Small
            text={`in a row with music, from ${nice(streak.from)} to ${nice(streak.to)}.`}
            y={430}
            lines={2}
          />
          <Days answer={answer} palette="night" />
        </>,
      ),
    },
    artists[0] &&
      tracks[0] && {
        key: 'summary',
        title: 'In one picture',
        words: `Artists: ${names(artists)}. Songs: ${names(tracks)}. ${count(minutes)} minutes. ${who.name}.`,
        picture: frame(
          'summary',
          'plum',
          <>
            <Kicker palette="plum">{`${period} in one picture`}</Kicker>
            <Column title="Artists" items={artists} x={margin} />
            <Column title="Songs" items={tracks} x={width / 2 + 20} />
            <Fact x={margin} y={860} name="Minutes" value={count(minutes)} />
            <Fact x={width / 2 + 20} y={860} name="Hours of a" value={who.name} size={60} />
            <Fact x={margin} y={1060} name="New artists" value={count(answer.new_artists)} />
            <Fact x={width / 2 + 20} y={1060} name="Longest streak" value={count(streak.days)} />
          </>,
        ),
      },
  ];
  return cards.filter((card) => card !== undefined);
}
