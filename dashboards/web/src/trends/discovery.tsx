import { useCallback } from 'react';
import { Panel } from '../components/panel.tsx';
import { PlotFigure } from '../components/plot-figure.tsx';
import { Failure, Wait } from '../components/states.tsx';
import { day as dayText, duration, percent, streamsText } from '../format.ts';
import { startsBetween, type Unit } from './listening-steps.ts';
import { Retention } from './retention.tsx';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

type Plot = typeof import('@observablehq/plot');

interface End {
  timestamp: string;
  track: string;
  artist: string;
}

interface Answer {
  unit: Unit;
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
    /** Null of everyone. */
    track: string | null;
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
  const { data, isError, error, refetch } = useTrends<Answer>(
    '/trends/discovery',
    rangeOf(shown),
    shown.version,
  );
  const file = shown.period.key;
  const own = shown.user !== '';
  if (isError) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <div className="grid trends">
      <NewAndKnown answer={data} file={file} own={own} />
      <Variety answer={data} file={file} />
      {data && (
        <>
          <Panel
            className="half list"
            title="Found in this period"
            note={
              own
                ? 'Artists heard for the first time ever, by streams since'
                : 'Artists that nobody here had heard before, by streams since'
            }
            table={{
              columns: ['artist', 'first heard', 'with', 'streams', 'minutes'],
              rows: data.found.map((one) => [
                one.artist,
                dayText(one.first_played_at),
                one.track ?? '–',
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
                more: `${dayText(one.first_played_at)}${one.track === null ? '' : `, with ${one.track}`}`,
                value: `${streamsText(one.streams)} · ${duration(one.ms_played)}`,
              }))}
            />
          </Panel>
          <Panel
            className="half list"
            title="Forgotten favourites"
            note={`Streamed five times and more, not once in the last 90 days of the history${own ? '' : ', by the first 200 tracks of each day'}`}
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
                value: streamsText(one.streams),
              }))}
            />
          </Panel>
          {own && <Ends answer={data} file={file} />}
        </>
      )}
      {!own && <Retention shown={shown} />}
    </div>
  );
}

/** The first and the last play of a listener within the period. */
function Ends({ answer, file }: { answer: Answer; file: string }) {
  return (
    <Panel
      className="whole"
      title="First and last listen"
      table={{
        columns: ['which', 'time', 'track', 'artist'],
        rows: [
          ['first', answer.first],
          ['last', answer.last],
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
            ['First', answer.first],
            ['Last', answer.last],
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
  const unit = answer?.unit ?? 'month';
  // Marts of an earlier Tonearm do not tell how much of everyone's listening was new.
  const told = steps?.every((step) => step.new_streams !== null) ?? true;
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const bars = (steps ?? []).flatMap((step) => {
        const start = new Date(step.start);
        const fresh = { start, kind: 'new', value: step.new_streams ?? step.new_artists };
        return told
          ? [{ start, kind: 'known', value: step.streams - fresh.value }, fresh]
          : [fresh];
      });
      return plot.plot({
        width,
        height: 260,
        marginLeft: 48,
        x: { type: 'utc', label: null, ...ticksOf(steps, unit, width) },
        y: { label: told ? 'streams' : 'first listens to an artist', grid: true },
        color: { domain: ['known', 'new'], range: ['var(--blue)', 'var(--amber)'], legend: false },
        marks: [
          plot.rectY(bars, {
            x: 'start',
            interval: unit,
            y: 'value',
            fill: 'kind',
            order: ['known', 'new'],
          }),
          plot.ruleY([0]),
        ],
      });
    },
    [steps, told, unit],
  );
  const fresh = steps?.reduce((sum, step) => sum + (step.new_streams ?? 0), 0) ?? 0;
  const all = steps?.reduce((sum, step) => sum + step.streams, 0) ?? 0;
  const artists = own ? 'artists first heard' : 'artists that their listener first heard';
  return (
    <Panel
      className="half"
      title={told ? 'New against known' : 'First listens'}
      note={
        told
          ? `Streams a ${unit} of ${artists} in it (orange) and before (blue); ${percent(all > 0 ? fresh / all : null)} new`
          : `How often a listener heard an artist for the first time, a ${unit}`
      }
      table={{
        columns: [
          unit,
          'streams',
          'of new artists',
          'artists',
          own ? 'new artists' : 'first listens to an artist',
        ],
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
      <Drawn
        steps={steps}
        label="New and known artists over time; the table has the numbers"
        draw={draw}
      />
    </Panel>
  );
}

/** Where all steps have room for a tick, each has one: between two days are no hours to be told. */
const ticksOf = (steps: Answer['steps'] | undefined, unit: Unit, width: number) => {
  const ends = [steps?.[0]?.start, steps?.at(-1)?.start] as const;
  if (ends[0] === undefined || ends[1] === undefined) return {};
  return startsBetween(ends[0], ends[1], unit).length * 56 < width ? { ticks: unit } : {};
};

/** The picture of steps; or that they are on their way, or that there are none. */
function Drawn({
  steps,
  label,
  draw,
}: {
  steps: Answer['steps'] | undefined;
  label: string;
  draw: (plot: Plot, width: number) => Element;
}) {
  if (steps === undefined) return <Wait />;
  if (steps.length === 0) return <p className="note">Nothing was played then.</p>;
  return <PlotFigure label={label} draw={draw} height={260} />;
}

function Variety({ answer, file }: { answer: Answer | undefined; file: string }) {
  const steps = answer?.steps;
  const unit = answer?.unit ?? 'month';
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const known = new Map((steps ?? []).map((step) => [step.start, step]));
      const starts = [...known.keys()];
      // A step without music breaks the line.
      const points = startsBetween(starts[0]!, starts.at(-1)!, unit).map((start) => ({
        at: new Date(start),
        artists: known.get(start)?.artists ?? Number.NaN,
        diversity: known.get(start)?.diversity ?? Number.NaN,
      }));
      return plot.plot({
        width,
        height: 260,
        marginLeft: 48,
        x: { type: 'utc', label: null, ...ticksOf(steps, unit, width) },
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
    [steps, unit],
  );
  return (
    <Panel
      className="half"
      title="Variety"
      note="Dashed: artists streamed. Solid: as many equally loved ones would be as varied (from the Shannon entropy)"
      table={{
        columns: [unit, 'artists', 'variety'],
        rows: (steps ?? []).map((step) => [step.start, step.artists, step.diversity]),
        file: `variety-${file}`,
      }}
    >
      <Drawn
        steps={steps}
        label="Variety of artists over time; the table has the numbers"
        draw={draw}
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
