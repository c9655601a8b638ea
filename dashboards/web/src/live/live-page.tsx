import { lazy, memo, Suspense, useState } from 'react';
import type { Live } from '../api.ts';
import { BarPanel } from '../components/bar-panel.tsx';
import { Bars } from '../components/bars.tsx';
import { Figure } from '../components/figure.tsx';
import { loadPart } from '../components/load-part.ts';
import { PageBoundary } from '../components/page-boundary.tsx';
import { Panel } from '../components/panel.tsx';
import { Empty, Loading } from '../components/states.tsx';
import { TimeChart } from '../components/time-chart.tsx';
import { count, percent, short } from '../format.ts';
import { countryName } from './country-name.ts';
import { type LiveState, useCalm, useLive } from './use-live.ts';
import { Wall, wallSize } from './wall.tsx';
import './live.css';

// The world is larger than the page: it comes when the rest is on screen.
const WorldMap = lazy(() => loadPart(() => import('./world-map.tsx')));

const words: Record<LiveState, string> = {
  connecting: 'Connecting …',
  open: 'Live',
  lost: 'Connection lost, trying again …',
  paused: 'Paused',
};

export default function LivePage() {
  const [paused, setPaused] = useState(false);
  const { live, state } = useLive(paused);
  const isOld = live !== undefined && (state === 'lost' || state === 'paused');
  return (
    <>
      <div className="page-head">
        <h1>Now playing</h1>
        <span className={`connection ${state}`} role="status">
          {words[state]}
        </span>
        {live !== undefined && <span className="note">{state === 'open' ? lag(live) : ''}</span>}
        <button type="button" onClick={() => setPaused(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
      </div>
      {isOld && (
        <p className="stale-line">
          What you see is from {new Date(live.now).toLocaleTimeString('en-GB')}
          {state === 'paused' ? '; nothing is sent while it is paused.' : '.'}
        </p>
      )}
      {live !== undefined && state === 'open' && <Trouble live={live} />}
      {live === undefined ? <FirstWait state={state} /> : <Content live={live} />}
    </>
  );
}

/** How far the picture is behind the log. */
function lag({ lag_ms: ms, behind_records: behind }: Live): string {
  if (ms === null) return '';
  const time = ms < 10_000 ? `${count(ms)} ms` : `${count(ms / 1000)} s`;
  return behind > 1000 ? `${time} and ${count(behind)} records behind` : `${time} behind the log`;
}

function Trouble({ live }: { live: Live }) {
  if (live.state === 'live') return null;
  return (
    <p className="stale-line">
      {live.state === 'rebuilding'
        ? 'The last hour is being read again: the figures grow until that is done.'
        : 'The log cannot be read at the moment; the view tries again by itself.'}
    </p>
  );
}

function FirstWait({ state }: { state: LiveState }) {
  if (state !== 'lost') return <Loading />;
  return (
    <Empty title="The live view does not answer">
      <p>
        It is asked again every few seconds. <code>./tonearm status</code> tells which stage stands
        still.
      </p>
    </Empty>
  );
}

function Content({ live }: { live: Live }) {
  const calm = useCalm(live);
  const lastHour = live.per_minute.reduce(
    (sum, one) => sum + one.starts + one.plays + one.skips + one.likes,
    live.imported_recently,
  );
  if (live.listeners_playing === 0 && lastHour === 0) {
    return (
      <Empty title="Nobody is listening right now">
        <p>
          Events appear here as soon as they are in the log. <code>./tonearm simulate --live</code>{' '}
          makes some; imported history is under Trends.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <dl className="figures">
        <Figure
          name="Listening now"
          value={short(live.listeners_playing)}
          note={
            live.private_listeners > 0
              ? `${short(live.private_listeners)} of them in private`
              : undefined
          }
        />
        <Figure
          name="Events a second"
          value={live.rates.events_per_second.toFixed(live.rates.events_per_second < 100 ? 1 : 0)}
        />
        <Figure name="Plays a minute" value={short(live.rates.plays_per_minute)} />
        <Figure name="Skip rate" value={percent(live.skip_rate)} note="last 10 minutes" />
        <Figure name="Events in the last hour" value={short(lastHour)} exact={lastHour} />
      </dl>
      <div className="grid live">
        <Panel
          title="Playing now"
          className="wall"
          note={
            live.listeners_playing - live.private_listeners > wallSize
              ? `A sample of ${count(live.listeners_playing)} listeners, the newest first`
              : undefined
          }
        >
          {live.now_playing.length === 0 ? (
            <p className="note">Nobody who may be shown.</p>
          ) : (
            <Wall rows={live.now_playing} now={Date.parse(calm.now)} />
          )}
        </Panel>
        <Lists live={calm} />
      </div>
    </>
  );
}

const named = (one: { track_id: string; track: string; artist: string }) => ({
  key: one.track_id,
  name: one.track,
  more: one.artist,
});

/** All that a second is soon enough for. */
const Lists = memo(function Lists({ live }: { live: Live }) {
  const total = live.countries.reduce((sum, { listeners }) => sum + listeners, 0);
  return (
    <>
      <div className="column">
        <LastHour live={live} />
        <div className="pair">
          <BarPanel
            title="Top tracks"
            note="Starts in the last 10 minutes"
            items={live.top_tracks.map((one) => ({ ...named(one), value: one.starts }))}
            columns={['track', 'artist', 'starts']}
            file="tonearm-top-tracks-now"
          />
          <BarPanel
            title="Top artists"
            note="Starts in the last 10 minutes"
            items={live.top_artists.map(({ artist, starts }) => ({
              key: artist,
              name: artist,
              value: starts,
            }))}
            columns={['artist', undefined, 'starts']}
            file="tonearm-top-artists-now"
          />
        </div>
      </div>
      <div className="column last">
        <Panel
          title="Where"
          note={
            live.countries.length === 0 ? 'No source tells a country.' : 'Listeners by country, now'
          }
          table={{
            columns: ['country', 'code', 'listeners'],
            rows: live.countries.map((one) => [
              countryName(one.country),
              one.country,
              one.listeners,
            ]),
            file: 'tonearm-countries',
          }}
        >
          <div className="where">
            <PageBoundary>
              <Suspense fallback={<div className="world" />}>
                <WorldMap counts={live.countries} />
              </Suspense>
            </PageBoundary>
            <Bars
              items={live.countries.slice(0, 5).map((one) => ({
                key: one.country,
                name: countryName(one.country),
                value: one.listeners,
                text: percent(one.listeners / total),
              }))}
              none="Nobody."
            />
          </div>
        </Panel>
        <div className="pair">
          <BarPanel
            title="Trending"
            note="Last 10 minutes against the hour before"
            items={live.trending.slice(0, 6).map((one) => ({
              ...named(one),
              value: one.ratio,
              text: `× ${one.ratio.toFixed(1)}`,
            }))}
            columns={['track', 'artist', 'times']}
            file="tonearm-trending"
            none="Nothing stands out yet."
          />
          <BarPanel
            title="Devices"
            note="Listeners, now"
            items={live.devices.map(({ device, listeners }) => ({
              key: device,
              name: device,
              value: listeners,
            }))}
            columns={['device', undefined, 'listeners']}
            file="tonearm-devices-now"
          />
        </div>
      </div>
    </>
  );
});

function LastHour({ live }: { live: Live }) {
  // The minute that runs would look like a fall.
  const whole = live.per_minute.slice(0, -1);
  const shown = whole.some((one) => one.starts + one.plays > 0) ? whole : live.per_minute;
  return (
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
        times={shown.map((one) => Date.parse(one.minute) / 1000)}
        height={200}
        format={short}
        series={[
          { label: 'Starts', color: 'blue', values: shown.map((one) => one.starts), fill: true },
          { label: 'Plays', color: 'amber', values: shown.map((one) => one.plays) },
          { label: 'Skips', color: 'rose', values: shown.map((one) => one.skips) },
        ]}
      />
    </Panel>
  );
}
