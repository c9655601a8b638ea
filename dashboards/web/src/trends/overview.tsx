import { useState } from 'react';
import type { Day } from '../api.ts';
import { Bars } from '../components/bars.tsx';
import { Panel } from '../components/panel.tsx';
import { Failure, Loading } from '../components/states.tsx';
import { TimeChart } from '../components/time-chart.tsx';
import { clock, count, day as dayText, duration, percent, short } from '../format.ts';
import { Calendar } from './calendar.tsx';
import { listeningSteps } from './listening-steps.ts';
import { before } from './period.ts';
import { TopList } from './top-list.tsx';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

/** How much, and what first: figures, time by day, the calendar, the first tracks and artists. */
export function Overview({ shown }: { shown: Shown }) {
  const { user, period, version } = shown;
  const daily = useTrends<{ days: Day[] }>('/trends/daily', rangeOf(shown), version);
  const earlier = useTrends<{ days: Day[] }>('/trends/daily', { user, ...before(period) }, version);
  if (daily.isError) return <Failure error={daily.error} retry={() => void daily.refetch()} />;
  if (daily.data === undefined) return <Loading />;
  const days = daily.data.days;
  return (
    <>
      <Summary days={days} earlier={earlier.data?.days} />
      <div className="grid trends">
        <TimeListened days={days} shown={shown} />
        <CalendarPanel shown={shown} days={days} />
        <TopList shown={shown} kind="tracks" title="Top tracks" className="half list" />
        <TopList shown={shown} kind="artists" title="Top artists" className="half list" />
      </div>
    </>
  );
}

function TimeListened({ days, shown }: { days: readonly Day[]; shown: Shown }) {
  const [counted, setCounted] = useState<'time' | 'plays'>('time');
  const { from, to, key } = shown.period;
  const { unit, steps } = listeningSteps(days, from, to < shown.last ? to : shown.last);
  const times = steps.map((one) => Date.parse(one.start) / 1000);
  return (
    <Panel
      className="half"
      title={counted === 'time' ? 'Time listened' : 'Plays'}
      id="time-listened"
      note={
        counted === 'time' ? `Hours a ${unit}, UTC` : `A ${unit}; a stream is at least 30 seconds`
      }
      table={{
        columns: [unit, 'hours', 'plays', 'streams', 'skips'],
        rows: steps.map((one) => [
          one.start,
          Math.round(one.ms_played / 36_000) / 100,
          one.plays,
          one.streams,
          one.skips,
        ]),
        file: `listening-by-${unit}-${key}`,
      }}
    >
      <fieldset className="presets">
        <legend className="hidden">What is counted</legend>
        {(['time', 'plays'] as const).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={counted === one}
            onClick={() => setCounted(one)}
          >
            {one === 'time' ? 'Time' : 'Plays'}
          </button>
        ))}
      </fieldset>
      {counted === 'time' ? (
        <TimeChart
          label={`Hours listened by ${unit}`}
          times={times}
          format={hours}
          least={0.1}
          series={[
            {
              label: 'Hours',
              color: 'blue',
              values: steps.map((one) => one.ms_played / 3_600_000),
              fill: true,
            },
          ]}
        />
      ) : (
        <TimeChart
          key="plays"
          label={`Plays, streams and skips by ${unit}`}
          times={times}
          format={short}
          series={[
            { label: 'Plays', color: 'blue', values: steps.map((one) => one.plays) },
            { label: 'Streams', color: 'amber', values: steps.map((one) => one.streams) },
            { label: 'Skips', color: 'rose', values: steps.map((one) => one.skips) },
          ]}
        />
      )}
    </Panel>
  );
}

function CalendarPanel({ shown, days }: { shown: Shown; days: readonly Day[] }) {
  const [chosen, choose] = useState('');
  const inside = chosen >= shown.period.from && chosen <= shown.period.to ? chosen : '';
  return (
    <Panel
      className="half"
      title="Calendar"
      note="The stronger the colour, the more time. Choose a day to see what was played."
      table={{
        columns: ['day', 'minutes'],
        rows: days.map((one) => [one.day, Math.round(one.ms_played / 60_000)]),
        file: `calendar-${shown.period.key}`,
      }}
    >
      <Calendar
        days={days}
        from={shown.period.from > shown.first ? shown.period.from : shown.first}
        to={shown.period.to < shown.last ? shown.period.to : shown.last}
        chosen={inside}
        choose={choose}
      />
      {inside !== '' && shown.user !== '' && <PlaysOfDay shown={shown} day={inside} />}
      {inside !== '' && shown.user === '' && <TopOfDay shown={shown} day={inside} />}
    </Panel>
  );
}

interface Play {
  timestamp: string;
  track: string;
  artist: string;
  ms_played: number;
  skipped: boolean;
  private: boolean;
  device: string;
}

function PlaysOfDay({ shown, day }: { shown: Shown; day: string }) {
  const { data } = useTrends<{ plays: Play[] }>(
    '/trends/plays',
    { user: shown.user, day },
    shown.version,
  );
  return (
    <div className="day">
      <h3>{dayText(day)}</h3>
      {data?.plays.length === 0 && <p className="note">No music on that day.</p>}
      {data && data.plays.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <div className="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {['time', 'track', 'artist', 'listened', 'device', ''].map((name) => (
                  <th key={name} scope="col">
                    {name || <span className="hidden">notes</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.plays.map((play) => (
                <tr key={play.timestamp + play.track}>
                  <td>{play.timestamp.slice(11, 16)}</td>
                  <td>{play.track}</td>
                  <td>{play.artist}</td>
                  <td className="number">{clock(play.ms_played)}</td>
                  <td>{play.device}</td>
                  <td>
                    {[play.skipped && 'skipped', play.private && 'private']
                      .filter(Boolean)
                      .join(', ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function TopOfDay({ shown, day }: { shown: Shown; day: string }) {
  const { data } = useTrends<{
    items: { id: string; track: string; artist: string; streams: number }[];
  }>('/trends/top', { kind: 'tracks', from: day, to: day, limit: '8' }, shown.version);
  return (
    <div className="day">
      <h3>{dayText(day)}</h3>
      <Bars
        none="No music on that day."
        items={(data?.items ?? []).map(({ id, track, artist, streams }) => ({
          key: id,
          name: track,
          more: artist,
          value: streams,
        }))}
      />
    </div>
  );
}

function Summary({ days, earlier }: { days: readonly Day[]; earlier: readonly Day[] | undefined }) {
  const sum = (list: readonly Day[], pick: (one: Day) => number) =>
    list.reduce((total, one) => total + pick(one), 0);
  const figures = [
    { name: 'Time listened', pick: (one: Day) => one.ms_played, show: duration },
    { name: 'Plays', pick: (one: Day) => one.plays, show: count },
    { name: 'Streams', pick: (one: Day) => one.streams, show: count },
    { name: 'Days with music', pick: () => 1, show: count },
  ];
  const plays = sum(days, (one) => one.plays);
  return (
    <dl className="figures">
      {figures.map(({ name, pick, show }) => {
        const now = sum(days, pick);
        const then = sum(earlier ?? [], pick);
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {show(now)}
              {then > 0 && <small>{change(now / then - 1)} on the days before</small>}
            </dd>
          </div>
        );
      })}
      <div>
        <dt>Skip rate</dt>
        <dd>{percent(plays > 0 ? sum(days, (one) => one.skips) / plays : null)}</dd>
      </div>
    </dl>
  );
}

/** Hours on an axis or in a legend; minutes below one. */
function hours(value: number): string {
  if (value === 0) return '0';
  if (value < 1) return `${Math.round(value * 60)} min`;
  return `${value < 10 ? Math.round(value * 10) / 10 : short(value)} h`;
}

const change = (share: number): string =>
  `${share >= 0 ? '+' : '−'}${Math.abs(Math.round(share * 100))} %`;
