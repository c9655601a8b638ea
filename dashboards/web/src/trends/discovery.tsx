import { useCallback } from 'react';
import { Panel } from '../components/panel.tsx';
import { PlotFigure } from '../components/plot-figure.tsx';
import { count, day as dayText, duration, percent } from '../format.ts';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

type Plot = typeof import('@observablehq/plot');

interface End {
  timestamp: string;
  track: string;
  artist: string;
}

interface Answer {
  unit: 'day' | 'week' | 'month';
  steps: {
    start: string;
    streams: number;
    artists: number;
    new_artists: number;
    new_streams: number | null;
    diversity: number;
  }[];
  found: {
    artist: string;
    track: string;
    first_played_at: string;
    streams: number;
    ms_played: number;
  }[];
  forgotten: {
    track_id: string;
    track: string;
    artist: string;
    streams: number;
    last_played_at: string;
  }[];
  first: End | null;
  last: End | null;
}

/** New against known, how varied, who came back, what was forgotten. */
export function Discovery({ shown }: { shown: Shown }) {
  const { data } = useTrends<Answer>('/trends/discovery', rangeOf(shown), shown.version);
  const file = shown.period.key;
  const own = shown.user !== '';
  return (
    <div className="grid trends">
      <NewAndKnown answer={data} file={file} own={own} />
      <Variety answer={data} file={file} />
      {own && data && (
        <>
          <Panel
            title="Found in this period"
            note="Artists heard for the first time ever, by streams since"
            table={{
              columns: ['artist', 'first heard', 'with', 'streams', 'minutes'],
              rows: data.found.map((one) => [
                one.artist,
                dayText(one.first_played_at),
                one.track,
                one.streams,
                Math.round(one.ms_played / 60_000),
              ]),
              file: `found-${file}`,
            }}
          >
            <Rows
              none="No new artist in this period."
              rows={data.found.slice(0, 10).map((one) => ({
                key: one.artist,
                name: one.artist,
                more: `${dayText(one.first_played_at)}, with ${one.track}`,
                value: `${count(one.streams)} streams · ${duration(one.ms_played)}`,
              }))}
            />
          </Panel>
          <Panel
            title="Forgotten favourites"
            note="Streamed five times and more, not once in the last 90 days of the history"
            table={{
              columns: ['track', 'artist', 'streams', 'last played'],
              rows: data.forgotten.map((one) => [
                one.track,
                one.artist,
                one.streams,
                dayText(one.last_played_at),
              ]),
              file: 'forgotten-favourites',
            }}
          >
            <Rows
              none="Nothing is forgotten yet."
              rows={data.forgotten.slice(0, 10).map((one) => ({
                key: one.track_id,
                name: one.track,
                more: `${one.artist}, last on ${dayText(one.last_played_at)}`,
                value: `${count(one.streams)} streams`,
              }))}
            />
          </Panel>
          <Panel
            className="whole"
            title="First and last listen"
            table={{
              columns: ['which', 'time', 'track', 'artist'],
              rows: [
                ['first', data.first],
                ['last', data.last],
              ].map(([name, end]) => [
                String(name),
                (end as End | null)?.timestamp ?? '–',
                (end as End | null)?.track ?? '–',
                (end as End | null)?.artist ?? '–',
              ]),
              file: `first-and-last-${file}`,
            }}
          >
            <dl className="facts">
              {(
                [
                  ['First', data.first],
                  ['Last', data.last],
                ] as const
              ).map(([name, end]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {end?.track ?? 'none'}
                    {end && (
                      <small>
                        {end.artist}, {dayText(end.timestamp)} at {end.timestamp.slice(11, 16)} UTC
                      </small>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </Panel>
        </>
      )}
      {!own && <Retention shown={shown} />}
    </div>
  );
}

function NewAndKnown({
  answer,
  file,
  own,
}: {
  answer: Answer | undefined;
  file: string;
  own: boolean;
}) {
  const steps = answer?.steps;
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const bars = (steps ?? []).flatMap((step) =>
        own
          ? [
              { start: step.start, kind: 'known', value: step.streams - (step.new_streams ?? 0) },
              { start: step.start, kind: 'new', value: step.new_streams ?? 0 },
            ]
          : [{ start: step.start, kind: 'new', value: step.new_artists }],
      );
      return plot.plot({
        width,
        height: 260,
        marginLeft: 48,
        x: {
          type: 'band',
          label: null,
          tickRotate: 0,
          ticks: ticksOf(steps ?? [], width),
          tickFormat: stepName,
        },
        y: { label: own ? 'streams' : 'first listens to an artist', grid: true },
        color: { domain: ['known', 'new'], range: ['var(--blue)', 'var(--amber)'], legend: false },
        marks: [
          plot.barY(bars, { x: 'start', y: 'value', fill: 'kind', order: ['known', 'new'] }),
          plot.ruleY([0]),
        ],
      });
    },
    [steps, own],
  );
  const fresh = steps?.reduce((sum, step) => sum + (step.new_streams ?? 0), 0) ?? 0;
  const all = steps?.reduce((sum, step) => sum + step.streams, 0) ?? 0;
  return (
    <Panel
      className="wide"
      title="New against known"
      note={
        own
          ? `Streams a ${answer?.unit ?? 'month'} of artists first heard in it (orange) and before (blue); ${percent(all > 0 ? fresh / all : null)} new`
          : `How often a listener heard an artist for the first time, a ${answer?.unit ?? 'month'}`
      }
      table={{
        columns: [answer?.unit ?? 'month', 'streams', 'of new artists', 'artists', 'new artists'],
        rows: (steps ?? []).map((step) => [
          step.start,
          step.streams,
          step.new_streams ?? '–',
          step.artists,
          step.new_artists,
        ]),
        file: `new-and-known-${file}`,
      }}
    >
      <PlotFigure
        label="New and known artists over time; the table has the numbers"
        draw={draw}
        height={260}
      />
    </Panel>
  );
}

const stepName = (start: string): string =>
  new Date(start).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

const ticksOf = (steps: readonly { start: string }[], width: number): string[] => {
  const every = Math.max(1, Math.ceil((steps.length * 64) / width));
  return steps.filter((_, index) => index % every === 0).map(({ start }) => start);
};

function Variety({ answer, file }: { answer: Answer | undefined; file: string }) {
  const steps = answer?.steps;
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const points = (steps ?? []).map((step) => ({ ...step, at: new Date(step.start) }));
      return plot.plot({
        width,
        height: 260,
        marginLeft: 48,
        x: { type: 'utc', label: null },
        y: { label: 'artists', grid: true, zero: true },
        marks: [
          plot.lineY(points, {
            x: 'at',
            y: 'artists',
            stroke: 'var(--muted)',
            strokeDasharray: '4 3',
          }),
          plot.lineY(points, { x: 'at', y: 'diversity', stroke: 'var(--green)', strokeWidth: 2.2 }),
          plot.dot(points, { x: 'at', y: 'diversity', fill: 'var(--green)', r: 2.5 }),
        ],
      });
    },
    [steps],
  );
  return (
    <Panel
      className="wide"
      title="Variety"
      note="Dashed: artists streamed. Solid: as many equally loved ones would be as varied (from the Shannon entropy)"
      table={{
        columns: [answer?.unit ?? 'month', 'artists', 'variety'],
        rows: (steps ?? []).map((step) => [step.start, step.artists, step.diversity]),
        file: `variety-${file}`,
      }}
    >
      <PlotFigure
        label="Variety of artists over time; the table has the numbers"
        draw={draw}
        height={260}
      />
    </Panel>
  );
}

function Rows({
  rows,
  none,
}: {
  rows: { key: string; name: string; more: string; value: string }[];
  none: string;
}) {
  if (rows.length === 0) return <p className="note">{none}</p>;
  return (
    <ol className="tracks">
      {rows.map((row) => (
        <li key={row.key}>
          <span className="what">
            <strong>{row.name}</strong>
            <span>{row.more}</span>
          </span>
          <span className="note">{row.value}</span>
        </li>
      ))}
    </ol>
  );
}

interface Cohort {
  cohort_month: string;
  months_since: number;
  cohort_listeners: number;
  listeners: number;
  retention: number;
}

function Retention({ shown }: { shown: Shown }) {
  const { data } = useTrends<{ rows: Cohort[] }>('/trends/retention', {}, shown.version);
  const rows = data?.rows ?? [];
  const cohorts = [...new Set(rows.map((row) => row.cohort_month))].slice(-12);
  const last = Math.min(12, Math.max(0, ...rows.map((row) => row.months_since)));
  const at = new Map(rows.map((row) => [`${row.cohort_month}|${row.months_since}`, row]));
  return (
    <Panel
      className="whole"
      title="Who came back"
      note="Listeners by the month of their first play, and the share of them with a play in each month after it; all time"
      table={{
        columns: ['began in', 'listeners', 'months later', 'came back', 'share'],
        rows: rows.map((row) => [
          row.cohort_month,
          row.cohort_listeners,
          row.months_since,
          row.listeners,
          percent(row.retention),
        ]),
        file: 'retention',
      }}
    >
      {data && rows.length === 0 && <p className="note">Nobody to tell of yet.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="scroll" tabIndex={0}>
        <table className="cohorts">
          <thead>
            <tr>
              <th scope="col">Began in</th>
              <th scope="col">Listeners</th>
              {Array.from({ length: last + 1 }, (_, month) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the index is the month
                <th key={month} scope="col">
                  +{month}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cohorts.map((cohort) => (
              <tr key={cohort}>
                <th scope="row">{cohort}</th>
                <td>{count(at.get(`${cohort}|0`)?.cohort_listeners ?? 0)}</td>
                {Array.from({ length: last + 1 }, (_, month) => {
                  const cell = at.get(`${cohort}|${month}`);
                  return (
                    <td
                      // biome-ignore lint/suspicious/noArrayIndexKey: the index is the month
                      key={month}
                      style={
                        cell && {
                          background: `color-mix(in oklab, var(--blue) ${Math.round(cell.retention * 45)}%, var(--panel))`,
                        }
                      }
                    >
                      {cell ? percent(cell.retention) : ''}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
