import { useQuery } from '@tanstack/react-query';
import { type AlertBook, ask, type Health, type Run } from '../api.ts';
import { useStatus } from '../app.tsx';
import { Panel } from '../components/panel.tsx';
import { Failure, Loading } from '../components/states.tsx';
import { ago, bytes, count } from '../format.ts';
import { CostPanel } from './cost.tsx';
import { DeadLettersPanel } from './dead-letters.tsx';
import { Flow } from './flow.tsx';
import { LineagePanel } from './lineage-panel.tsx';
import { Lines } from './lines.tsx';
import { RecommendationChoice } from './recommendation-choice.tsx';
import { Runs } from './runs.tsx';
import { SourcesPanel } from './sources.tsx';
import { Tests } from './tests.tsx';
import { useHealth } from './use-health.ts';
import { Alerts, Verdict } from './verdict.tsx';
import { VolumePanel } from './volume.tsx';
import './health.css';

export default function HealthPage() {
  const { query: health, rates } = useHealth();
  const status = useStatus();
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: () => ask<{ runs: Run[] }>('/runs', { limit: '40' }),
    refetchInterval: 5000,
  });
  const alerts = useQuery({
    queryKey: ['alerts'],
    queryFn: () => ask<AlertBook>('/alerts'),
    refetchInterval: 10_000,
  });
  if (health.data === undefined) {
    if (!health.isError) return <Loading />;
    return <Failure error={health.error} retry={() => void health.refetch()} />;
  }
  const { stages } = health.data;
  return (
    <>
      <div className="page-head">
        <h1>Pipeline health</h1>
        <Verdict stages={stages} firing={alerts.data?.firing ?? []} />
      </div>
      {health.isError && (
        <p className="stale-line" role="alert">
          The server does not answer. What you see is from{' '}
          {new Date(health.dataUpdatedAt).toLocaleTimeString('en-GB')}; it is asked again every few
          seconds.
        </p>
      )}
      <Alerts firing={alerts.data?.firing ?? []} />
      <Flow stages={stages} rates={rates} />
      <Freshness freshness={health.data.freshness} stages={stages} />
      <div className="grid health">
        <Runs runs={runs.data?.runs} />
        <Tests />
        <DeadLettersPanel />
        <div className="column">
          <VolumePanel version={status.data?.mart?.version ?? null} />
          <PastAlerts book={alerts.data} />
        </div>
        <div className="column">
          <Stored health={health.data} />
        </div>
        <LineagePanel />
        <CostPanel />
        <div className="column">
          <RecommendationChoice />
          <SourcesPanel />
        </div>
      </div>
    </>
  );
}

/** How old the newest of each kind is. */
function Freshness({ freshness, stages }: Pick<Health, 'freshness' | 'stages'>) {
  const live = stages.find(({ name }) => name === 'live');
  const lag = live?.lag_seconds;
  return (
    <dl className="figures">
      {[
        ['Newest event', ago(freshness.last_event_received_at)],
        ['On the live page after', lag === undefined ? '–' : `${count(lag * 1000)} ms`],
        ['Newest rows in the lake', ago(freshness.last_commit_at)],
        ['Marts published', ago(freshness.mart_published_at)],
      ].map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Stored({ health: { topics, tables } }: { health: Health }) {
  return (
    <>
      <Panel title="Topics" id="topics" note="Records that the log holds">
        <Lines
          label="Topics"
          head={['topic', 'in the log', 'ever']}
          rows={topics.map((one) => ({
            key: one.topic,
            cells: [one.topic, count(one.records), count(one.latest)],
          }))}
        />
      </Panel>
      <Panel title="Lake tables" id="tables">
        <Lines
          label="Lake tables"
          head={['table', 'rows', 'files', 'size', 'last commit']}
          rows={tables.map((one) => ({
            key: one.table,
            cells: [
              one.table,
              count(one.rows),
              count(one.files),
              bytes(one.bytes),
              ago(one.last_commit_at),
            ],
          }))}
        />
      </Panel>
    </>
  );
}

/** What was wrong, and is no more. */
function PastAlerts({ book }: { book: AlertBook | undefined }) {
  const resolved = book?.resolved ?? [];
  if (resolved.length === 0) return null;
  return (
    <Panel
      title="Past alerts"
      note={`Newest first; told by ${book?.channels.join(', ') || 'this page alone'}`}
    >
      <Lines
        label="Past alerts"
        head={['what', 'began', 'ended']}
        rows={resolved.slice(0, 8).map((one) => ({
          key: one.key + one.resolved_at,
          cells: [one.title, ago(one.since), ago(one.resolved_at)],
        }))}
      />
    </Panel>
  );
}
