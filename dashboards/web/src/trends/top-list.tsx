import type { ReactNode } from 'react';
import type { TopItem } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { Wait } from '../components/states.tsx';
import { day, duration, percent, short } from '../format.ts';
import { rangeOf, type Shown, useTrends } from './use-trends.ts';

const nameOf = (item: TopItem): string => item.track ?? item.album ?? item.artist ?? item.id;

/** A top list with each one's change of place, and a table with first and last listen. */
export function TopList({
  shown,
  kind,
  order = 'streams',
  title,
  limit = 10,
  className = '',
  children,
}: {
  shown: Shown;
  kind: 'tracks' | 'artists' | 'albums' | 'genres';
  order?: 'streams' | 'time' | 'skips' | 'skip_rate';
  title: string;
  limit?: number;
  className?: string;
  /** Above the list. */
  children?: ReactNode;
}) {
  const { data, isError, error } = useTrends<{ items: TopItem[] }>(
    '/trends/top',
    {
      kind,
      order,
      compare: shown.comparable ? 'before' : '',
      limit: String(limit),
      ...rangeOf(shown),
    },
    shown.version,
  );
  const items = data?.items ?? [];
  const skips = (item: TopItem) => Math.round((item.skip_rate ?? 0) * item.plays);
  const value = {
    streams: (item: TopItem) => item.streams,
    time: (item: TopItem) => item.ms_played,
    skips,
    skip_rate: (item: TopItem) => item.skip_rate ?? 0,
  }[order];
  const most = Math.max(order === 'skip_rate' ? 0.01 : 1, ...items.map(value));
  // Where nothing was played in the days before, everything would be new.
  const isCompared = items.some((item) => typeof item.previous_rank === 'number');
  const compared = isCompared ? '; the arrow compares with as many days before' : '';
  const bySkips = order === 'skips' || order === 'skip_rate';
  const charted = kind === 'tracks' && shown.user === '';
  const counted = charted ? 'charted ' : '';
  const by = {
    streams: 'By streams',
    time: 'By time',
    skips: 'By how often',
    skip_rate: 'By the share of plays, of tracks played ten times and more',
  }[order];
  return (
    <Panel
      className={className}
      title={title}
      note={`${by}${charted ? ', added up from the first 200 tracks of each day' : ''}${compared}`}
      table={{
        columns: [
          'rank',
          'before',
          'name',
          'artist',
          `${counted}streams`,
          `${counted}plays`,
          `${counted}minutes`,
          `${counted}skips`,
          'skip rate',
          'first',
          'last',
        ],
        rows: items.map((item) => [
          item.rank,
          item.previous_rank ?? '–',
          nameOf(item),
          item.artist ?? '',
          item.streams,
          item.plays,
          Math.round(item.ms_played / 60_000),
          skips(item),
          percent(item.skip_rate),
          item.first_played_at ? day(item.first_played_at) : '–',
          item.last_played_at ? day(item.last_played_at) : '–',
        ]),
        file: `${title.toLowerCase().replaceAll(' ', '-')}-${shown.period.key}`,
      }}
    >
      {children}
      {isError && <p className="problem">{error.message}</p>}
      {!isError && data === undefined && <Wait />}
      {data && items.length === 0 && (
        <p className="note">
          {kind === 'albums' || kind === 'genres'
            ? `No ${kind} are known of what was played then: this source does not tell them.`
            : order === 'skip_rate'
              ? 'Nothing was played ten times then.'
              : 'Nothing was played then.'}
        </p>
      )}
      <ol className="bars ranks">
        {items.map((item) => (
          <li key={item.id}>
            <i style={{ transform: `scaleX(${value(item) / most})` }} aria-hidden="true" />
            <span className="rank">{item.rank}</span>
            {isCompared && <Change item={item} />}
            <span
              className="name"
              title={
                item.artist && nameOf(item) !== item.artist
                  ? `${nameOf(item)} · ${item.artist}`
                  : nameOf(item)
              }
            >
              {nameOf(item)}
              {item.artist && nameOf(item) !== item.artist && <small>{item.artist}</small>}
            </span>
            <span className="value">
              {bySkips
                ? `${percent(item.skip_rate)} · ${short(skips(item))} of ${short(item.plays)}`
                : `${short(item.streams)} · ${duration(item.ms_played)}`}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** Up, down, the same or new; told in words too. */
function Change({ item }: { item: TopItem }) {
  const before = item.previous_rank;
  if (before === undefined) return null;
  if (before === null) return <span className="change new">new</span>;
  const by = before - item.rank;
  if (by === 0) {
    return (
      <span className="change" title="Same place as before">
        <span aria-hidden="true">=</span>
        <span className="hidden">same place</span>
      </span>
    );
  }
  return (
    <span className={`change ${by > 0 ? 'up' : 'down'}`} title={`Was ${before}`}>
      <span aria-hidden="true">{by > 0 ? '▲' : '▼'}</span>
      {Math.abs(by)}
      <span className="hidden">{by > 0 ? ' up' : ' down'}</span>
    </span>
  );
}
