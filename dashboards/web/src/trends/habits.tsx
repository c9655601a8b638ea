import { useCallback, useState } from 'react';
import type { Day } from '../api.ts';
import { Bars } from '../components/bars.tsx';
import { Panel } from '../components/panel.tsx';
import { PlotFigure } from '../components/plot-figure.tsx';
import { Failure, Wait } from '../components/states.tsx';
import { count, day as dayText, duration, percent } from '../format.ts';
import { type Cell, ListeningClock } from './listening-clock.tsx';
import { streaks } from './period.ts';
import { SkippedTracks } from './skipped-tracks.tsx';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

type Plot = typeof import('@observablehq/plot');

interface Answer {
  devices: { device: string; plays: number; ms_played: number }[];
  skipped_at: { second: number; skips: number }[];
  plays: number;
  session_lengths: { minutes_from: number; sessions: number; plays: number; ms_played: number }[];
}

/** When, on what, how long at a stretch, and what is skipped. */
export function Habits({ shown }: { shown: Shown }) {
  const { data, isError, error, refetch } = useTrends<Answer>(
    '/trends/habits',
    rangeOf(shown),
    shown.version,
  );
  const file = shown.period.key;
  if (isError) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <div className="grid trends">
      <ClockPanel shown={shown} />
      <Panel
        title="Devices"
        note="By time"
        table={{
          columns: ['device', 'plays', 'minutes'],
          rows: (data?.devices ?? []).map((one) => [
            one.device,
            one.plays,
            Math.round(one.ms_played / 60_000),
          ]),
          file: `devices-${file}`,
        }}
      >
        {data === undefined ? (
          <Wait />
        ) : (
          <Bars
            none="Nothing was played then."
            items={data.devices.map((one) => {
              const all = data.devices.reduce((sum, { ms_played }) => sum + ms_played, 0);
              return {
                key: one.device,
                name: one.device === 'unknown' ? 'not told by the source' : one.device,
                value: one.ms_played,
                text: `${percent(one.ms_played / Math.max(1, all))} · ${duration(one.ms_played)}`,
              };
            })}
          />
        )}
      </Panel>
      <Sessions answer={data} file={file} everyone={shown.user === ''} />
      <Skips answer={data} file={file} />
      <SkippedTracks shown={shown} />
      <Streaks shown={shown} />
    </div>
  );
}

/** The hour of a cell in the reader's time zone: whole hours, as it is at the end of the period. */
function shifted(cells: readonly Cell[], hours: number): Cell[] {
  const week = 7 * 24;
  return cells.map((cell) => {
    const at = ((cell.weekday - 1) * 24 + cell.hour + hours + week) % week;
    return { ...cell, weekday: Math.floor(at / 24) + 1, hour: at % 24 };
  });
}

function ClockPanel({ shown }: { shown: Shown }) {
  const offset = -Math.round(new Date(shown.period.to).getTimezoneOffset() / 60);
  const [local, setLocal] = useState(false);
  const { data } = useTrends<{ cells: Cell[] }>('/trends/clock', rangeOf(shown), shown.version);
  const cells = shifted(data?.cells ?? [], local ? offset : 0);
  return (
    <Panel
      className="wide"
      title="Listening clock"
      note={
        local ? `Your time zone, UTC${offset >= 0 ? '+' : '−'}${Math.abs(offset)}` : 'Hours in UTC'
      }
      table={{
        columns: ['weekday', 'hour', 'plays', 'minutes'],
        rows: cells.map((cell) => [
          String(cell.weekday),
          String(cell.hour),
          cell.plays,
          Math.round(cell.ms_played / 60_000),
        ]),
        file: `clock-${shown.period.key}`,
      }}
    >
      {offset !== 0 && (
        <button
          type="button"
          className="quiet"
          aria-pressed={local}
          onClick={() => setLocal(!local)}
        >
          My time zone
        </button>
      )}
      {data === undefined ? <Wait /> : <ListeningClock cells={cells} />}
    </Panel>
  );
}

function Streaks({ shown }: { shown: Shown }) {
  const { data } = useTrends<{ days: Day[] }>('/trends/daily', rangeOf(shown), shown.version);
  const found = streaks((data?.days ?? []).map(({ day }) => day));
  const facts = [
    { name: 'Longest streak', span: found.longest },
    { name: 'Streak at the end', span: found.current },
    { name: 'Longest gap', span: found.gap },
  ];
  return (
    <Panel
      className="whole"
      title="Streaks and gaps"
      note="Days in a row with music, UTC, within the period"
      table={{
        columns: ['what', 'days', 'from', 'to'],
        rows: facts.map(({ name, span }) => [
          name,
          span?.days ?? 0,
          span?.from ?? '–',
          span?.to ?? '–',
        ]),
        file: `streaks-${shown.period.key}`,
      }}
    >
      {data === undefined && <Wait />}
      <dl className="facts">
        {(data === undefined ? [] : facts).map(({ name, span }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {span ? `${count(span.days)} ${span.days === 1 ? 'day' : 'days'}` : 'none'}
              {span && (
                <small>
                  {dayText(span.from)} – {dayText(span.to)}
                </small>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

const lengths: Record<number, string> = {
  0: '< 5 min',
  5: '5–15',
  15: '15–30',
  30: '30–60',
  60: '1–2 h',
  120: '2–4 h',
  240: '4 h +',
};

function Sessions({
  answer,
  file,
  everyone,
}: {
  answer: Answer | undefined;
  file: string;
  everyone: boolean;
}) {
  const rows = answer?.session_lengths;
  const all = rows?.reduce((sum, { sessions }) => sum + sessions, 0) ?? 0;
  const plays = rows?.reduce((sum, one) => sum + one.plays, 0) ?? 0;
  const draw = useCallback(
    (plot: Plot, width: number) =>
      plot.plot({
        width,
        height: 240,
        marginLeft: 48,
        x: { domain: Object.values(lengths), label: null },
        // Seven names side by side on a telephone.
        style: { fontSize: width < 400 ? '9.5px' : '12px' },
        y: { label: 'sessions', grid: true },
        marks: [
          plot.barY(rows ?? [], {
            x: (row: { minutes_from: number }) => lengths[row.minutes_from],
            y: 'sessions',
            fill: 'var(--blue)',
            rx: 4,
          }),
          plot.ruleY([0]),
        ],
      }),
    [rows],
  );
  return (
    <Panel
      title="Sessions by length"
      note={`${rows ? `${count(all)} sessions, ${all ? Math.round(plays / all) : 0} plays each; ` : ''}30 minutes without music end one${everyone ? ', and midnight UTC' : ''}`}
      table={{
        columns: ['length', 'sessions', 'plays', 'minutes'],
        rows: (rows ?? []).map((row) => [
          lengths[row.minutes_from]!,
          row.sessions,
          row.plays,
          Math.round(row.ms_played / 60_000),
        ]),
        file: `sessions-${file}`,
      }}
    >
      {rows === undefined ? (
        <Wait />
      ) : all === 0 ? (
        <p className="note">Nothing was played then.</p>
      ) : (
        <PlotFigure label="Sessions by length; the table has the numbers" draw={draw} />
      )}
    </Panel>
  );
}

/** Share of all plays that were skipped up to each moment. */
function Skips({ answer, file }: { answer: Answer | undefined; file: string }) {
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const points = cumulated(answer);
      return plot.plot({
        width,
        height: 240,
        marginLeft: 48,
        marginBottom: 40,
        x: { label: 'seconds played', domain: [0, Math.max(40, points.at(-1)!.second)] },
        y: { label: 'skipped so far, %', grid: true },
        marks: [
          plot.areaY(points, { x: 'second', y: 'share', fill: 'var(--amber)', fillOpacity: 0.2 }),
          plot.lineY(points, { x: 'second', y: 'share', stroke: 'var(--amber)', strokeWidth: 2 }),
          plot.ruleX([30], { stroke: 'var(--muted)', strokeDasharray: '3 3' }),
          plot.ruleY([0]),
        ],
      });
    },
    [answer],
  );
  const points = cumulated(answer);
  return (
    <Panel
      title="Skips by second"
      note="Share of all plays skipped by then; from 30 s on (dashed) a play is a stream"
      table={{
        columns: ['up to second', 'skips', 'skipped so far, %'],
        rows: points.map(({ second, skips, share }) => [
          second,
          skips,
          Math.round(share * 10) / 10,
        ]),
        file: `skips-by-second-${file}`,
      }}
    >
      {answer === undefined ? (
        <Wait />
      ) : points.length < 2 ? (
        <p className="note">No skips are known of this period.</p>
      ) : (
        <PlotFigure
          label="Share of plays skipped by each second; the table has the numbers"
          draw={draw}
        />
      )}
    </Panel>
  );
}

function cumulated(answer: Answer | undefined) {
  let skips = 0;
  const points = [{ second: 0, skips: 0, share: 0 }];
  for (const row of answer?.skipped_at ?? []) {
    skips += row.skips;
    points.push({
      second: Math.min(300, row.second + 5),
      skips: row.skips,
      share: (100 * skips) / Math.max(1, answer!.plays),
    });
  }
  return points;
}
