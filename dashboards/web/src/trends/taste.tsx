import { useCallback } from 'react';
import { Panel } from '../components/panel.tsx';
import { PlotFigure } from '../components/plot-figure.tsx';
import { Wait } from '../components/states.tsx';
import { startsBetween } from './listening-steps.ts';
import { TopList } from './top-list.tsx';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

/** Eight colours that colour-blind people tell apart (Okabe and Ito 2008), legible on light and dark. */
const distinct = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8a6d00',
  '#8f7ad6',
  '#7f7f7f',
  '#a3522a',
];

/** Longer lists of every kind, and the race of the artists. */
export function Taste({ shown }: { shown: Shown }) {
  return (
    <div className="grid trends">
      <Race shown={shown} />
      <TopList shown={shown} kind="artists" order="time" title="Artists by time" limit={20} />
      <TopList shown={shown} kind="tracks" order="time" title="Tracks by time" limit={20} />
      <div className="column">
        <TopList shown={shown} kind="albums" title="Top albums" />
        <TopList shown={shown} kind="genres" title="Top genres" />
      </div>
    </div>
  );
}

interface RaceRow {
  month: string;
  artist: string;
  streams: number;
}

/** Streams so far of each artist at the end of each month, months without a play included. */
function runningTotals(rows: readonly RaceRow[]) {
  const played = rows.map(({ month }) => `${month}-01`).sort();
  const months = rows.length > 0 ? startsBetween(played[0]!, played.at(-1)!, 'month') : [];
  const streams = new Map(rows.map((row) => [`${row.artist}|${row.month}-01`, row.streams]));
  return [...new Set(rows.map(({ artist }) => artist))].flatMap((artist) => {
    let total = 0;
    return months.map((month) => {
      total += streams.get(`${artist}|${month}`) ?? 0;
      return { artist, month: new Date(month), total };
    });
  });
}

/** Names beside the ends of their lines, each far enough from the next to be read. */
function apart(ends: ReturnType<typeof runningTotals>) {
  const sorted = [...ends].sort((one, other) => other.total - one.total);
  const gap = (sorted[0]?.total ?? 0) * 0.055;
  const places = sorted.map(({ total }) => total);
  for (let index = places.length - 2; index >= 0; index -= 1) {
    places[index] = Math.max(places[index]!, places[index + 1]! + gap);
  }
  return sorted.map((end, index) => ({ ...end, place: places[index]! }));
}

/** A tick for so many whole months that their names fit. */
function monthTicks(points: readonly { month: Date }[], width: number): string {
  const months = new Set(points.map(({ month }) => +month)).size;
  const every = Math.ceil((months * 48) / width);
  return every <= 1 ? 'month' : every <= 3 ? '3 months' : every <= 6 ? '6 months' : 'year';
}

function Race({ shown }: { shown: Shown }) {
  const { data } = useTrends<{ rows: RaceRow[] }>('/trends/race', rangeOf(shown), shown.version);
  const rows = data?.rows;
  const totals = runningTotals(rows ?? []);
  const months = new Set((rows ?? []).map(({ month }) => month)).size;
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number) => {
      const points = runningTotals(rows ?? []);
      const last = points.filter(
        (point) => +point.month === Math.max(...points.map((one) => +one.month)),
      );
      return plot.plot({
        width,
        height: 360,
        marginRight: Math.min(180, width * 0.4),
        marginLeft: 48,
        x: { type: 'utc', label: null, ticks: monthTicks(points, width) },
        y: { label: 'streams so far', grid: true },
        color: { range: distinct },
        marks: [
          plot.line(points, {
            x: 'month',
            y: 'total',
            stroke: 'artist',
            strokeWidth: 2.2,
            curve: 'monotone-x',
          }),
          plot.dot(last, { x: 'month', y: 'total', fill: 'artist', r: 4 }),
          plot.dot(apart(last), {
            x: 'month',
            y: 'place',
            dx: 14,
            fill: 'artist',
            symbol: 'square',
          }),
          plot.text(apart(last), {
            x: 'month',
            y: 'place',
            text: 'artist',
            dx: 22,
            textAnchor: 'start',
            lineWidth: 12,
            textOverflow: 'ellipsis',
            fill: 'currentColor',
          }),
        ],
      });
    },
    [rows],
  );
  return (
    <Panel
      className="whole"
      title="Artist race"
      note="Streams so far at the end of each month, of the ten artists with the most"
      table={{
        columns: ['month', 'artist', 'streams'],
        rows: (rows ?? []).map(({ month, artist, streams }) => [month, artist, streams]),
        file: `artist-race-${shown.period.key}`,
      }}
    >
      {rows !== undefined && months === 1 ? (
        <p className="note">A race needs two months: choose a longer period.</p>
      ) : rows?.length === 0 ? (
        <p className="note">Nothing was played then.</p>
      ) : totals.length > 0 ? (
        <PlotFigure
          label="Streams so far by artist and month; the table has the numbers"
          draw={draw}
          height={360}
        />
      ) : (
        <Wait />
      )}
    </Panel>
  );
}
