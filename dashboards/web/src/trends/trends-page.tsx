import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, type Day, type TopItem } from '../api.ts';
import { useStatus } from '../app.tsx';
import { Bars } from '../components/bars.tsx';
import { Panel } from '../components/panel.tsx';
import { Empty, Failure, Loading } from '../components/states.tsx';
import { TimeChart } from '../components/time-chart.tsx';
import { count, day as dayText, duration, percent, short } from '../format.ts';
import { ListenerPicker } from './listener-picker.tsx';
import { type Cell, ListeningClock } from './listening-clock.tsx';
import { before, defaultPreset, periodOf, presets } from './period.ts';

/** Period and listener live in the address, so that it can be kept and shared. */
function useSelection() {
  const read = () => {
    const query = new URLSearchParams(window.location.search);
    return { user: query.get('user') ?? '', period: query.get('period') ?? '' };
  };
  const [selection, setSelection] = useState(read);
  const change = (next: Partial<typeof selection>) => {
    const merged = { ...selection, ...next };
    const query = new URLSearchParams();
    if (merged.user !== '') query.set('user', merged.user);
    if (merged.period !== '') query.set('period', merged.period);
    window.history.replaceState(null, '', `/trends${query.size > 0 ? `?${query}` : ''}`);
    setSelection(merged);
  };
  return [selection, change] as const;
}

export default function TrendsPage() {
  const status = useStatus();
  const [selection, select] = useSelection();
  const data = status.data?.data;
  if (status.isError) return <Failure error={status.error} retry={() => void status.refetch()} />;
  if (status.data === undefined) return <Loading />;
  if (!data) {
    return (
      <Empty title="The first results are on their way">
        <p>They appear about 20 seconds after the first events have arrived.</p>
        <p>
          Your own history: <code>./tonearm import PATH --user NAME</code>
        </p>
      </Empty>
    );
  }
  const key = selection.period || defaultPreset(data.first_day, data.last_day);
  const period = periodOf(key, data.first_day, data.last_day);
  return (
    <>
      <div className="page-head">
        <h1>{selection.user === '' ? 'What everyone listened to' : selection.user}</h1>
        <ListenerPicker user={selection.user} choose={(user) => select({ user })} />
        <fieldset className="presets">
          <legend className="hidden">Period</legend>
          {presets.map((preset) => (
            <button
              key={preset.key}
              type="button"
              aria-pressed={preset.key === key}
              onClick={() => select({ period: preset.key })}
            >
              {preset.name}
            </button>
          ))}
        </fieldset>
        <span className="dates">
          <input
            type="date"
            aria-label="From"
            value={period.from}
            max={period.to}
            onChange={(event) =>
              event.target.value && select({ period: `${event.target.value}_${period.to}` })
            }
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            aria-label="To"
            value={period.to}
            min={period.from}
            onChange={(event) =>
              event.target.value && select({ period: `${period.from}_${event.target.value}` })
            }
          />
        </span>
      </div>
      <Pictures user={selection.user} period={period} version={status.data.mart?.version ?? ''} />
    </>
  );
}

function useTrends<T>(path: string, parameters: Record<string, string>, version: string) {
  return useQuery({
    queryKey: [path, parameters, version],
    queryFn: () => ask<T>(path, parameters),
    placeholderData: (previous) => previous,
  });
}

function Pictures({
  user,
  period,
  version,
}: {
  user: string;
  period: ReturnType<typeof periodOf>;
  version: string;
}) {
  const range = { user, from: period.from, to: period.to };
  const daily = useTrends<{ days: Day[] }>('/trends/daily', range, version);
  const earlier = useTrends<{ days: Day[] }>('/trends/daily', { user, ...before(period) }, version);
  const tracks = useTrends<{ items: TopItem[]; period?: string }>(
    '/trends/top',
    { kind: 'tracks', limit: '10', ...range },
    version,
  );
  const artists = useTrends<{ items: TopItem[]; period?: string }>(
    '/trends/top',
    { kind: 'artists', limit: '10', ...range },
    version,
  );
  const clock = useTrends<{ cells: Cell[] }>('/trends/clock', { user }, version);
  if (daily.isError) return <Failure error={daily.error} retry={() => void daily.refetch()} />;
  if (daily.data === undefined) return <Loading />;
  const days = daily.data.days;
  if (days.length === 0) {
    return (
      <Empty title="Nothing was played then">
        <p>
          No listening between {dayText(period.from)} and {dayText(period.to)}.
        </p>
      </Empty>
    );
  }
  const times = days.map((one) => Date.parse(one.day) / 1000);
  return (
    <>
      <Summary days={days} earlier={earlier.data?.days} />
      <div className="grid trends">
        <Panel
          className="wide"
          title="Time listened"
          note="Hours a day, UTC"
          table={{
            columns: ['day', 'hours', 'plays', 'streams', 'skips'],
            rows: days.map((one) => [
              one.day,
              Math.round(one.ms_played / 36_000) / 100,
              one.plays,
              one.streams,
              one.skips,
            ]),
            file: 'tonearm-daily',
          }}
        >
          <TimeChart
            label="Hours listened by day"
            times={times}
            format={hours}
            series={[
              {
                label: 'Hours',
                color: 'blue',
                values: days.map((one) => one.ms_played / 3_600_000),
                fill: true,
              },
            ]}
          />
        </Panel>
        <Panel className="wide" title="Plays" note="A stream is at least 30 seconds of listening">
          <TimeChart
            label="Plays, streams and skips by day"
            times={times}
            format={short}
            series={[
              { label: 'Plays', color: 'blue', values: days.map((one) => one.plays) },
              { label: 'Streams', color: 'amber', values: days.map((one) => one.streams) },
              { label: 'Skips', color: 'rose', values: days.map((one) => one.skips) },
            ]}
          />
        </Panel>
        <Top
          title="Top tracks"
          answer={tracks.data}
          name={(item) => item.track ?? item.id}
          more={(item) => item.artist}
        />
        <Top title="Top artists" answer={artists.data} name={(item) => item.artist} />
        <Panel
          className="wide"
          title="Listening clock"
          note="All time, hours in UTC"
          table={{
            columns: ['weekday', 'hour', 'plays', 'minutes'],
            rows: (clock.data?.cells ?? []).map((cell) => [
              String(cell.weekday),
              cell.hour,
              cell.plays,
              Math.round(cell.ms_played / 60_000),
            ]),
            file: 'tonearm-clock',
          }}
        >
          <ListeningClock cells={clock.data?.cells ?? []} />
        </Panel>
      </div>
    </>
  );
}

function Top(props: {
  title: string;
  answer: { items: TopItem[]; period?: string } | undefined;
  name: (item: TopItem) => string;
  more?: (item: TopItem) => string;
}) {
  const { title, answer, name, more } = props;
  const items = answer?.items ?? [];
  return (
    <Panel
      title={title}
      note={`By streams${answer?.period ? `, ${answer.period}` : ''}`}
      table={{
        columns: ['rank', 'name', 'artist', 'streams', 'plays', 'minutes', 'skip rate'],
        rows: items.map((item) => [
          item.rank,
          name(item),
          item.artist,
          item.streams,
          item.plays,
          Math.round(item.ms_played / 60_000),
          percent(item.skip_rate),
        ]),
        file: title.toLowerCase().replace(' ', '-'),
      }}
    >
      <Bars
        items={items.map((item) => ({
          key: item.id,
          name: name(item),
          more: more?.(item),
          value: item.streams,
          text: `${short(item.streams)} · ${duration(item.ms_played)}`,
        }))}
      />
    </Panel>
  );
}

function Summary({ days, earlier }: { days: readonly Day[]; earlier: readonly Day[] | undefined }) {
  const sum = (list: readonly Day[], pick: (one: Day) => number) =>
    list.reduce((total, one) => total + pick(one), 0);
  const figures = [
    { name: 'Time listened', pick: (one: Day) => one.ms_played, show: duration },
    { name: 'Plays', pick: (one: Day) => one.plays, show: count },
    { name: 'Streams', pick: (one: Day) => one.streams, show: count },
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

/** Hours on an axis or in a legend. */
const hours = (value: number): string =>
  `${value < 10 ? Math.round(value * 10) / 10 : short(value)} h`;

const change = (share: number): string =>
  `${share >= 0 ? '+' : '−'}${Math.abs(Math.round(share * 100))} %`;
