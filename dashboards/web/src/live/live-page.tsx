import { useState } from 'react';
import type { Live, NowPlaying } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { Empty, Loading } from '../components/states.tsx';
import { TimeChart } from '../components/time-chart.tsx';
import { clock, count, percent, short } from '../format.ts';
import { type Connection, useLive } from './use-live.ts';

/** Rows that a person can take in; the API sends a few more. */
const wallSize = 24;

const words: Record<Connection, string> = {
  connecting: 'Connecting …',
  open: 'Live',
  lost: 'Connection lost, trying again …',
  paused: 'Paused',
};

export default function LivePage() {
  const [paused, setPaused] = useState(false);
  const { live, connection } = useLive(paused);
  return (
    <>
      <div className="page-head">
        <h1>Now playing</h1>
        <span className={`connection ${connection}`}>{words[connection]}</span>
        {live?.lag_ms !== undefined && live.lag_ms !== null && connection === 'open' && (
          <span className="note">
            newest event{' '}
            {live.lag_ms < 10_000 ? `${count(live.lag_ms)} ms` : `${count(live.lag_ms / 1000)} s`}{' '}
            old
          </span>
        )}
        <button type="button" onClick={() => setPaused(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
      </div>
      {live === undefined ? <Loading /> : <Content live={live} />}
    </>
  );
}

function Content({ live }: { live: Live }) {
  const silent =
    live.listeners_playing === 0 && live.per_minute.every((one) => one.starts + one.plays === 0);
  if (silent) {
    return (
      <Empty title="Nobody is listening right now">
        <p>
          Events appear here as soon as they are in the log. <code>./tonearm simulate --live</code>{' '}
          makes some; imported history is under Trends.
        </p>
      </Empty>
    );
  }
  const times = live.per_minute.map((one) => Date.parse(one.minute) / 1000);
  return (
    <>
      <dl className="figures">
        <Figure
          name="Listening now"
          value={short(live.listeners_playing)}
          note={
            live.private_listeners > 0
              ? `${short(live.private_listeners)} more in private`
              : undefined
          }
        />
        <Figure
          name="Events a second"
          value={live.rates.events_per_second.toFixed(live.rates.events_per_second < 100 ? 1 : 0)}
        />
        <Figure name="Plays a minute" value={short(live.rates.plays_per_minute)} />
        <Figure name="Skip rate" value={percent(live.skip_rate)} />
      </dl>
      <div className="grid live">
        <Panel
          title="Playing now"
          className="wall"
          note={
            live.listeners_playing > wallSize
              ? `The newest ${wallSize} of ${count(live.listeners_playing)} listeners`
              : undefined
          }
        >
          <ul className="playing">
            {live.now_playing.slice(0, wallSize).map((one) => (
              <Playing
                key={`${one.user_id}${one.started_at}`}
                one={one}
                now={Date.parse(live.now)}
              />
            ))}
          </ul>
        </Panel>
        <div className="column">
          <Panel
            title="The last hour"
            note="Starts, plays and skips a minute, UTC"
            table={{
              columns: ['minute', 'starts', 'plays', 'skips', 'likes'],
              rows: live.per_minute.map((one) => [
                one.minute,
                one.starts,
                one.plays,
                one.skips,
                one.likes,
              ]),
              file: 'tonearm-last-hour',
            }}
          >
            <TimeChart
              label="Starts, plays and skips a minute over the last hour"
              times={times}
              height={200}
              format={short}
              series={[
                {
                  label: 'Starts',
                  color: 'blue',
                  values: live.per_minute.map((one) => one.starts),
                  fill: true,
                },
                { label: 'Plays', color: 'amber', values: live.per_minute.map((one) => one.plays) },
                { label: 'Skips', color: 'rose', values: live.per_minute.map((one) => one.skips) },
              ]}
            />
          </Panel>
          <div className="pair">
            <Panel title="Top tracks" note="Last 10 minutes">
              <Bars
                items={live.top_tracks.map((one) => ({
                  key: one.track_id,
                  name: one.track,
                  more: one.artist,
                  value: one.starts,
                }))}
              />
            </Panel>
            <Panel title="Top artists" note="Last 10 minutes">
              <Bars
                items={live.top_artists.map((one) => ({
                  key: one.artist,
                  name: one.artist,
                  value: one.starts,
                }))}
              />
            </Panel>
          </div>
          <div className="pair">
            <Panel title="Trending" note="Against the hour before">
              <Bars
                items={live.trending.slice(0, 6).map((one) => ({
                  key: one.track_id,
                  name: one.track,
                  more: one.artist,
                  value: one.ratio,
                  text: `× ${one.ratio.toFixed(1)}`,
                }))}
                none="Nothing stands out yet."
              />
            </Panel>
            <Panel title="Devices">
              <Bars
                items={live.devices.map((one) => ({
                  key: one.device,
                  name: one.device,
                  value: one.listeners,
                }))}
              />
            </Panel>
          </div>
        </div>
      </div>
    </>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

function Playing({ one, now }: { one: NowPlaying; now: number }) {
  const elapsed = Math.max(0, now - Date.parse(one.started_at));
  const share = one.track_duration ? Math.min(1, elapsed / one.track_duration) : 0;
  return (
    <li>
      <div className="what">
        <strong>{one.track}</strong>
        <span>{one.artist}</span>
      </div>
      <div className="who">
        <span>{one.user_id}</span>
        <span>
          {one.device}
          {one.country ? ` · ${one.country}` : ''}
        </span>
      </div>
      <div className="progress" aria-hidden="true">
        <i style={{ transform: `scaleX(${share})` }} />
      </div>
      <span className="time">
        {clock(Math.min(elapsed, one.track_duration ?? elapsed))}
        {one.track_duration ? ` / ${clock(one.track_duration)}` : ''}
      </span>
    </li>
  );
}

export interface BarItem {
  readonly key: string;
  readonly name: string;
  readonly more?: string;
  readonly value: number;
  readonly text?: string;
}

/** A list with bars: the longest is the largest. */
export function Bars({
  items,
  none = 'Nothing yet.',
}: {
  items: readonly BarItem[];
  none?: string;
}) {
  if (items.length === 0) return <p className="note">{none}</p>;
  const most = Math.max(...items.map((item) => item.value), 1e-9);
  return (
    <ol className="bars">
      {items.map((item) => (
        <li key={item.key}>
          <i style={{ transform: `scaleX(${item.value / most})` }} aria-hidden="true" />
          <span className="name">
            {item.name}
            {item.more && <small>{item.more}</small>}
          </span>
          <span className="value">{item.text ?? short(item.value)}</span>
        </li>
      ))}
    </ol>
  );
}
