import { useState } from 'react';
import { useStatus } from '../app.tsx';
import { Empty, Failure, Loading } from '../components/states.tsx';
import { ago } from '../format.ts';
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
  const tab = tabs.find((one) => one.key === selection.tab) ?? tabs[0]!;
  const shown = {
    user: selection.user,
    period,
    version: status.data.mart?.version ?? '',
    comparable: period.from > data.first_day,
  };
  const { years, months } = calendarKeys(data.first_day, data.last_day);
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
        <p className="note">
          {period.from} to {period.to}, UTC. As of {ago(status.data.mart?.published_at)}; the
          address keeps this choice.
        </p>
        <tab.Content key={tab.key} shown={shown} />
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
