import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, ask, type Status } from '../api.ts';
import { useStatus } from '../app.tsx';
import { Empty, Failure, Loading } from '../components/states.tsx';
import { ago, day as dayText } from '../format.ts';
import { Discovery } from './discovery.tsx';
import { Habits } from './habits.tsx';
import { ListenerPicker } from './listener-picker.tsx';
import { Overview } from './overview.tsx';
import { calendarKeys, defaultPreset, periodOf, presets } from './period.ts';
import { Taste } from './taste.tsx';
import './trends.css';

const tabs = [
  { key: 'overview', name: 'Overview', Content: Overview },
  { key: 'taste', name: 'Taste', Content: Taste },
  { key: 'habits', name: 'Habits', Content: Habits },
  { key: 'discovery', name: 'Discovery', Content: Discovery },
];

/** Period, listener and tab live in the address, so that it can be kept and shared. */
function useSelection() {
  const read = () => {
    const query = new URLSearchParams(window.location.search);
    return {
      user: query.get('user') ?? '',
      period: query.get('period') ?? '',
      tab: query.get('tab') ?? '',
    };
  };
  const [selection, setSelection] = useState(read);
  const change = (next: Partial<typeof selection>) => {
    const merged = { ...selection, ...next };
    const query = new URLSearchParams();
    if (merged.user !== '') query.set('user', merged.user);
    if (merged.period !== '') query.set('period', merged.period);
    if (merged.tab !== '') query.set('tab', merged.tab);
    window.history.replaceState(null, '', `/trends${query.size > 0 ? `?${query}` : ''}`);
    setSelection(merged);
  };
  return [selection, change] as const;
}

export default function TrendsPage() {
  const status = useStatus();
  const [selection, select] = useSelection();
  const data = status.data?.data;
  if (status.data === undefined) {
    if (!status.isError) return <Loading />;
    return <Failure error={status.error} retry={() => void status.refetch()} />;
  }
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
  return selection.user === '' ? (
    <Trends
      selection={selection}
      select={select}
      mart={status.data.mart}
      first={data.first_day}
      last={data.last_day}
    />
  ) : (
    <OfListener selection={selection} select={select} mart={status.data.mart} />
  );
}

interface Props {
  selection: ReturnType<typeof useSelection>[0];
  select: ReturnType<typeof useSelection>[1];
  mart: Status['mart'];
}

/** Presets of a listener count back from their own last day: an imported history may have ended years ago. */
function OfListener({ selection, select, mart }: Props) {
  const { user } = selection;
  const known = useQuery({
    queryKey: ['listener', user, mart?.version],
    queryFn: () =>
      ask<{ first_played_at: string; last_played_at: string }>(
        `/listeners/${encodeURIComponent(user)}`,
      ),
    placeholderData: (previous, query) => (query?.queryKey[1] === user ? previous : undefined),
  });
  if (known.isError) {
    const isNobody = known.error instanceof ApiError && known.error.status === 404;
    return (
      <>
        <div className="page-head">
          <h1>{user}</h1>
          <ListenerPicker user={user} choose={(next) => select({ user: next })} />
        </div>
        {isNobody ? (
          <Empty title={`Nothing is known of ${user} yet`}>
            <p>
              There is no listener of that name in what was published last. An import appears after
              the next refresh; another name can be found above.
            </p>
          </Empty>
        ) : (
          <Failure error={known.error} retry={() => void known.refetch()} />
        )}
      </>
    );
  }
  if (known.data === undefined) return <Loading />;
  return (
    <Trends
      selection={selection}
      select={select}
      mart={mart}
      first={known.data.first_played_at.slice(0, 10)}
      last={known.data.last_played_at.slice(0, 10)}
    />
  );
}

function Trends({ selection, select, mart, first, last }: Props & { first: string; last: string }) {
  const key = selection.period || defaultPreset(first, last);
  const period = periodOf(key, first, last);
  const tab = tabs.find((one) => one.key === selection.tab) ?? tabs[0]!;
  const shown = {
    user: selection.user,
    period,
    first,
    last,
    version: mart?.version ?? '',
    comparable: period.from > first,
  };
  const { years, months } = calendarKeys(first, last);
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
        <select
          aria-label="Month or year"
          value={[...years, ...months].includes(key) ? key : ''}
          onChange={(event) => event.target.value && select({ period: event.target.value })}
        >
          <option value="">Month or year</option>
          {years.map((year) => (
            <optgroup key={year} label={year}>
              <option value={year}>All of {year}</option>
              {months
                .filter((month) => month.startsWith(year))
                .map((month) => (
                  <option key={month} value={month}>
                    {monthName(month)}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
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
      <div className="tabs" role="tablist" aria-label="Parts of the page">
        {tabs.map((one, index) => (
          <button
            key={one.key}
            type="button"
            role="tab"
            id={`tab-${one.key}`}
            aria-selected={one === tab}
            aria-controls="tab-content"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => select({ tab: one.key })}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (step === undefined) return;
              const next = tabs[(index + step + tabs.length) % tabs.length]!;
              select({ tab: next.key });
              document.getElementById(`tab-${next.key}`)?.focus();
            }}
          >
            {one.name}
          </button>
        ))}
      </div>
      <div
        id="tab-content"
        className="tab-content"
        role="tabpanel"
        aria-labelledby={`tab-${tab.key}`}
      >
        <p
          className="note"
          data-period={`${period.from} to ${period.to}, UTC`}
          data-as-of={mart?.published_at}
        >
          {period.from} to {period.to}, UTC. As of {ago(mart?.published_at)}; the address keeps this
          choice.
        </p>
        {period.to < first || period.from > last ? (
          <Empty title="Nothing was played then">
            <p>
              What is known of {selection.user || 'everyone'} goes from {dayText(first)} to{' '}
              {dayText(last)}.
            </p>
            <button type="button" onClick={() => select({ period: 'all' })}>
              Show all of it
            </button>
          </Empty>
        ) : (
          <tab.Content key={tab.key} shown={shown} />
        )}
      </div>
    </>
  );
}

const monthName = (month: string): string =>
  new Date(`${month}-01`).toLocaleDateString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
