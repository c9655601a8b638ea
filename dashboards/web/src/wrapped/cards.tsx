import type { ReactNode } from 'react';
import { count, duration, percent } from '../format.ts';
import { streaks } from '../trends/period.ts';
import { fitLines } from './fit-text.ts';
import { type Hour, hoursIn, personality } from './personality.ts';

export interface WrappedAnswer {
  user_id: string;
  from: string;
  to: string;
  rules: { streams: number; artists: number };
  totals: {
    is_ready: boolean;
    plays: number;
    streams: number;
    skips: number;
    ms_played: number;
    tracks: number;
    artists: number;
    days: number;
    first_track: string;
    first_artist: string;
    first_played_at: string;
  };
  tops: {
    kind: string;
    rank: number;
    name: string;
    artist: string | null;
    streams: number;
    ms_played: number;
  }[];
  days: { day: string; ms_played: number }[];
  hours: Hour[];
  new_artists: number;
  found: { artist: string; streams: number } | null;
}

export interface Card {
  readonly key: string;
  /** What the card says, in words: for screen readers, and as the name of its file. */
  readonly title: string;
  readonly words: string;
  readonly picture: ReactNode;
}

export const width = 1080;
export const height = 1350;
const margin = 84;
const inner = width - 2 * margin;

/** Ground, light, ink and accent of each card. */
const palettes = {
  night: ['#14213d', '#24407a', '#fdf6e3', '#fca311'],
  plum: ['#3b0f3f', '#7a1f6b', '#fff0f6', '#ffb3d1'],
  forest: ['#0b3d2e', '#14664b', '#f1fff8', '#ffd166'],
  rust: ['#6a2c16', '#a8481f', '#fff6ee', '#ffd8a8'],
  sea: ['#06384a', '#0b6480', '#effbff', '#8be9ff'],
  ink: ['#1d1d2b', '#3a3a5c', '#f6f5ff', '#c9b6ff'],
} as const;
type Palette = keyof typeof palettes;

/** Grooves of a record: where Tonearm has its name from. */
function Grooves({
  x,
  y,
  radius,
  stroke,
}: {
  x: number;
  y: number;
  radius: number;
  stroke: string;
}) {
  return (
    <g fill="none" stroke={stroke} strokeWidth="2" opacity="0.22">
      {Array.from({ length: 16 }, (_, ring) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rings have no other name
        <circle key={ring} cx={x} cy={y} r={radius * (0.3 + ring * 0.047)} />
      ))}
      <circle cx={x} cy={y} r={radius * 0.12} strokeWidth="10" />
    </g>
  );
}

function Frame(props: {
  id: string;
  palette: Palette;
  period: string;
  user: string;
  children: ReactNode;
  grooves?: [number, number, number];
}) {
  const [ground, light, ink, accent] = palettes[props.palette];
  const [x, y, radius] = props.grooves ?? [980, 120, 560];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      fill={ink}
      fontFamily={'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'}
      aria-hidden="true"
    >
      <defs>
        <linearGradient id={`ground-${props.id}`} x1="0" y1="0" x2="0.7" y2="1">
          <stop offset="0" stopColor={light} />
          <stop offset="1" stopColor={ground} />
        </linearGradient>
      </defs>
      <rect width={width} height={height} fill={`url(#ground-${props.id})`} />
      <Grooves x={x} y={y} radius={radius} stroke={accent} />
      {props.children}
      <text x={margin} y={height - 66} fontSize="30" fontWeight="600" opacity="0.85">
        {fitLines(props.user, 520, 30)[0]} · {props.period}
      </text>
      <text
        x={width - margin}
        y={height - 66}
        fontSize="30"
        fontWeight="700"
        textAnchor="end"
        fill={accent}
      >
        tonearm
      </text>
    </svg>
  );
}

function Kicker({ children, palette }: { children: string; palette: Palette }) {
  return (
    <text
      x={margin}
      y="150"
      fontSize="38"
      fontWeight="650"
      letterSpacing="1"
      fill={palettes[palette][3]}
    >
      {children}
    </text>
  );
}

function Big({
  text,
  y,
  size = 150,
  lines = 1,
}: {
  text: string;
  y: number;
  size?: number;
  lines?: number;
}) {
  return (
    <>
      {fitLines(text, inner, size, lines, 800).map((line, index) => (
        <text
          key={line}
          x={margin}
          y={y + index * size * 1.06}
          fontSize={size}
          fontWeight="800"
          letterSpacing="-2"
        >
          {line}
        </text>
      ))}
    </>
  );
}

function Small({
  text,
  y,
  size = 40,
  lines = 3,
}: {
  text: string;
  y: number;
  size?: number;
  lines?: number;
}) {
  return (
    <>
      {fitLines(text, inner, size, lines, 400).map((line, index) => (
        <text key={line} x={margin} y={y + index * size * 1.35} fontSize={size} opacity="0.92">
          {line}
        </text>
      ))}
    </>
  );
}

type Top = WrappedAnswer['tops'][number];

function List({
  items,
  palette,
  top = 300,
}: {
  items: readonly Top[];
  palette: Palette;
  top?: number;
}) {
  const most = Math.max(1, ...items.map(({ streams }) => streams));
  return (
    <>
      {items.map((item, index) => {
        const y = top + index * 180;
        return (
          <g key={item.rank}>
            <rect
              x={margin}
              y={y + 92}
              width={inner}
              height="10"
              rx="5"
              fill={palettes[palette][2]}
              opacity="0.16"
            />
            <rect
              x={margin}
              y={y + 92}
              width={(inner * item.streams) / most}
              height="10"
              rx="5"
              fill={palettes[palette][3]}
            />
            <text
              x={margin}
              y={y + 44}
              fontSize={index === 0 ? 64 : 52}
              fontWeight="800"
              fill={palettes[palette][3]}
            >
              {item.rank}
            </text>
            <text x={margin + 76} y={y + 36} fontSize={index === 0 ? 56 : 46} fontWeight="750">
              {fitLines(item.name, inner - 76 - 190, index === 0 ? 56 : 46)[0]}
            </text>
            <text x={margin + 76} y={y + 76} fontSize="31" opacity="0.85">
              {
                fitLines(
                  item.kind === 'artist' || item.artist === null
                    ? duration(item.ms_played)
                    : item.artist,
                  inner - 76 - 190,
                  31,
                )[0]
              }
            </text>
            <text x={width - margin} y={y + 36} fontSize="40" fontWeight="700" textAnchor="end">
              {count(item.streams)}
            </text>
            <text x={width - margin} y={y + 74} fontSize="26" opacity="0.8" textAnchor="end">
              streams
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Listening by the hour around a dial, midnight at the top. */
function Dial({ day, palette }: { day: readonly number[]; palette: Palette }) {
  const most = Math.max(1, ...day);
  const [x, y] = [width / 2, 880];
  return (
    <g>
      {day.map((time, hour) => {
        const angle = ((hour + 0.5) / 24) * 2 * Math.PI - Math.PI / 2;
        const [from, to] = [130, 130 + 10 + 190 * (time / most)];
        return (
          <line
            // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour
            key={hour}
            x1={x + from * Math.cos(angle)}
            y1={y + from * Math.sin(angle)}
            x2={x + to * Math.cos(angle)}
            y2={y + to * Math.sin(angle)}
            stroke={palettes[palette][3]}
            strokeWidth="24"
            strokeLinecap="round"
          />
        );
      })}
      {(
        [
          ['0', 0, -72],
          ['6', 76, 12],
          ['12', 0, 94],
          ['18', -76, 12],
        ] as const
      ).map(([text, dx, dy]) => (
        <text key={text} x={x + dx} y={y + dy} fontSize="32" textAnchor="middle" opacity="0.85">
          {text}
        </text>
      ))}
    </g>
  );
}

/** Each day of the period as a square, weeks as columns. */
function Days({ answer, palette }: { answer: WrappedAnswer; palette: Palette }) {
  const dayMs = 86_400_000;
  const start = Date.parse(answer.from);
  const length = (Date.parse(answer.to) - start) / dayMs + 1;
  const offset = (new Date(start).getUTCDay() + 6) % 7;
  const weeks = Math.ceil((length + offset) / 7);
  const isYear = weeks > 8;
  const rows = isYear ? 2 : 1;
  const columns = Math.ceil(weeks / rows);
  const step = Math.min(isYear ? 34 : 100, inner / columns);
  const known = new Map(answer.days.map(({ day, ms_played }) => [day, ms_played]));
  const most = Math.max(1, ...known.values());
  return (
    <g>
      {Array.from({ length }, (_, index) => {
        const day = new Date(start + index * dayMs).toISOString().slice(0, 10);
        const week = Math.floor((index + offset) / 7);
        const played = known.get(day) ?? 0;
        return (
          <rect
            key={day}
            x={margin + (week % columns) * step}
            y={660 + Math.floor(week / columns) * (7 * step + 44) + ((index + offset) % 7) * step}
            width={step - 5}
            height={step - 5}
            rx={step / 5}
            fill={played ? palettes[palette][3] : palettes[palette][2]}
            opacity={played ? 0.3 + 0.7 * Math.sqrt(played / most) : 0.1}
          />
        );
      })}
    </g>
  );
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
    {
      key: 'minutes',
      title: 'Minutes',
      words: `${count(minutes)} minutes on ${count(totals.days)} days. The longest was ${nice(busiest.day)}: ${duration(busiest.ms_played)}.`,
      picture: frame(
        'minutes',
        'rust',
        <>
          <Kicker palette="rust">You listened for</Kicker>
          <Big text={count(minutes)} y={560} size={210} />
          <Big text="minutes" y={680} size={92} />
          <Small
            text={`That is ${duration(totals.ms_played)} on ${count(totals.days)} days. ${nice(busiest.day)} was the longest: ${duration(busiest.ms_played)}.`}
            y={860}
            size={46}
          />
        </>,
      ),
    },
    artists[0] && {
      key: 'artists',
      title: 'Top artists',
      words: names(artists),
      picture: frame(
        'artists',
        'plum',
        <>
          <Kicker palette="plum">Your artists</Kicker>
          <List items={artists} palette="plum" />
        </>,
      ),
    },
    tracks[0] && {
      key: 'tracks',
      title: 'Top tracks',
      words: names(tracks),
      picture: frame(
        'tracks',
        'sea',
        <>
          <Kicker palette="sea">Your songs</Kicker>
          <List items={tracks} palette="sea" />
        </>,
      ),
    },
    albums[0] && {
      key: 'albums',
      title: 'Top albums',
      words: names(albums),
      picture: frame(
        'albums',
        'forest',
        <>
          <Kicker palette="forest">Your albums</Kicker>
          <List items={albums} palette="forest" />
        </>,
      ),
    },
    genres[0] && {
      key: 'genres',
      title: 'Top genres',
      words: names(genres),
      picture: frame(
        'genres',
        'rust',
        <>
          <Kicker palette="rust">Your genres</Kicker>
          <List items={genres} palette="rust" />
        </>,
      ),
    },
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
    {
      key: 'discovery',
      title: 'Discovery',
      words: `${count(answer.new_artists)} new artists${answer.found ? `; ${answer.found.artist} stayed, with ${count(answer.found.streams)} streams` : ''}.`,
      picture: frame(
        'discovery',
        'forest',
        <>
          <Kicker palette="forest">
            {newShare >= 0.5
              ? 'An explorer'
              : newShare >= 0.2
                ? 'Old friends, new friends'
                : 'Faithful'}
          </Kicker>
          <Big text={count(answer.new_artists)} y={560} size={210} />
          <Big text={answer.new_artists === 1 ? 'new artist' : 'new artists'} y={680} size={92} />
          <Small
            text={
              answer.found
                ? `The one that stayed: ${answer.found.artist}, streamed ${count(answer.found.streams)} times.`
                : 'Everybody you played was known to you before.'
            }
            y={860}
            size={46}
          />
        </>,
      ),
    },
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
            <text x={margin} y="860" fontSize="34" fill={palettes.plum[3]}>
              Minutes
            </text>
            <text x={margin} y="950" fontSize="88" fontWeight="800">
              {count(minutes)}
            </text>
            <text x={width / 2 + 20} y="860" fontSize="34" fill={palettes.plum[3]}>
              Hours of a
            </text>
            <text x={width / 2 + 20} y="940" fontSize="60" fontWeight="800">
              {who.name}
            </text>
            <text x={margin} y="1060" fontSize="34" fill={palettes.plum[3]}>
              New artists
            </text>
            <text x={margin} y="1150" fontSize="88" fontWeight="800">
              {count(answer.new_artists)}
            </text>
            <text x={width / 2 + 20} y="1060" fontSize="34" fill={palettes.plum[3]}>
              Longest streak
            </text>
            <text x={width / 2 + 20} y="1150" fontSize="88" fontWeight="800">
              {count(streak.days)}
            </text>
          </>,
        ),
      },
  ];
  return cards.filter((card) => card !== undefined);
}

function Column({ title, items, x }: { title: string; items: readonly Top[]; x: number }) {
  return (
    <>
      <text x={x} y="290" fontSize="34" fill={palettes.plum[3]}>
        {title}
      </text>
      {items.map((item, index) => (
        <text key={item.rank} x={x} y={370 + index * 84} fontSize="42" fontWeight="700">
          {item.rank} {fitLines(item.name, inner / 2 - 70, 42)[0]}
        </text>
      ))}
    </>
  );
}
