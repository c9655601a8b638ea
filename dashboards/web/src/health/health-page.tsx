import { useQuery } from '@tanstack/react-query';
import { ask, type Choice, type Health, type Run, type Stage } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { Empty, Failure, Loading } from '../components/states.tsx';
import { ago, bytes, count, short } from '../format.ts';

const marks: Record<Stage['status'], string> = { ok: '●', warn: '▲', fail: '✕', idle: '○' };

export default function HealthPage() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: () => ask<Health>('/health'),
    refetchInterval: 3000,
  });
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: () => ask<{ runs: Run[] }>('/runs', { limit: '20' }),
    refetchInterval: 5000,
  });
  if (health.isError) return <Failure error={health.error} retry={() => void health.refetch()} />;
  if (health.data === undefined) return <Loading />;
  const { stages, tables, topics, dead_letters: letters } = health.data;
  return (
    <>
      <div className="page-head">
        <h1>Pipeline health</h1>
        <span className="note">{summary(stages)}</span>
      </div>
      <ol className="flow" aria-label="Stages, in the order of the data">
        {stages.map((stage) => (
          <li key={stage.name} className={stage.status}>
            <h2>
              <span aria-hidden="true">{marks[stage.status]}</span> {stage.name}
              <span className="hidden">: {stage.status}</span>
            </h2>
            <strong>{stage.headline}</strong>
            {stage.detail !== '' && <p>{stage.detail}</p>}
            <p className="note">
              {[
                stage.lag_seconds === undefined ? '' : `lag ${short(stage.lag_seconds)} s`,
                stage.at ? ago(stage.at) : '',
              ]
                .filter((part) => part !== '')
                .join(' · ')}
            </p>
          </li>
        ))}
      </ol>
      <Runs runs={runs.data?.runs} />
      <div className="grid trends">
        <Panel title="Topics" note="Records that the log holds">
          <Lines
            head={['topic', 'in the log', 'ever']}
            rows={topics.map((one) => [one.topic, count(one.records), count(one.latest)])}
          />
        </Panel>
        <Panel title="Lake tables">
          <Lines
            head={['table', 'rows', 'files', 'size', 'last commit']}
            rows={tables.map((one) => [
              one.table,
              count(one.rows),
              count(one.files),
              bytes(one.bytes),
              ago(one.last_commit_at),
            ])}
          />
        </Panel>
        <Recommendations />
        <Panel
          className="wide"
          title="Dead letters"
          note={
            letters.total === 0
              ? 'Every record kept its contract.'
              : `${count(letters.total)} records were refused, kept whole with their reason.`
          }
        >
          {letters.total > 0 && (
            <Lines
              head={['code', 'field', 'records']}
              rows={letters.by_code.map((one) => [one.code, one.field ?? '', count(one.rows)])}
            />
          )}
        </Panel>
      </div>
    </>
  );
}

/** Which way to recommend was chosen, against what. */
function Recommendations() {
  const { data } = useQuery({
    queryKey: ['choice'],
    queryFn: () => ask<{ ways: Choice[] }>('/recommendations/choice'),
    refetchInterval: 60_000,
  });
  const ways = data?.ways ?? [];
  const chosen = ways.find((way) => way.is_chosen);
  const figure = (value: number | null) => (value === null ? '–' : value.toFixed(3));
  return (
    <Panel
      className="wide"
      title="Recommendations"
      note={
        chosen
          ? `${chosen.reason} Compared ${ago(chosen.chosen_at)}.`
          : 'The portable method in SQL; nothing has been compared yet.'
      }
    >
      {ways.length > 0 && (
        <Lines
          head={['method', 'used', 'NDCG@10', 'Recall@20', 'coverage']}
          rows={ways.map((way) => [
            way.method,
            way.is_chosen ? 'yes' : 'no',
            figure(way.ndcg),
            figure(way.recall_20),
            figure(way.coverage),
          ])}
        />
      )}
    </Panel>
  );
}

function summary(stages: readonly Stage[]): string {
  const bad = stages.filter((stage) => stage.status === 'fail' || stage.status === 'warn');
  return bad.length === 0
    ? 'Everything is well.'
    : `Look at ${bad.map((stage) => stage.name).join(', ')}.`;
}

function Runs({ runs }: { runs: readonly Run[] | undefined }) {
  if (runs === undefined) return <Loading />;
  const [last] = runs;
  if (last === undefined) {
    return (
      <Empty title="No run yet">
        <p>
          The pipeline runs on its own while <code>./tonearm up</code> is up, or once with{' '}
          <code>./tonearm run</code>.
        </p>
      </Empty>
    );
  }
  const longest = Math.max(...runs.map((run) => run.duration_ms), 1);
  return (
    <div className="grid trends">
      <Panel title="Last runs" note="Steps from left to right; the width is the time they took">
        <ol className="runs">
          {runs.slice(0, 12).map((run) => (
            <li key={run.run_id} className={run.status}>
              <span className="note">{ago(run.started_at)}</span>
              <span
                className="steps"
                style={{ width: `${Math.max(8, (100 * run.duration_ms) / longest)}%` }}
              >
                {run.steps
                  .filter((step) => step.duration_ms > 0)
                  .map((step) => (
                    <i
                      key={step.name}
                      className={step.status}
                      style={{ flexGrow: step.duration_ms }}
                      title={`${step.name}: ${step.status}, ${(step.duration_ms / 1000).toFixed(1)} s${step.message ? `. ${step.message}` : ''}`}
                    />
                  ))}
              </span>
              <span className="number">
                {run.status === 'success' ? '' : `${run.status} `}
                {(run.duration_ms / 1000).toFixed(1)} s
              </span>
            </li>
          ))}
        </ol>
        {last.error && <p className="problem">{last.error.message}</p>}
      </Panel>
      <Panel title="Tests" note={`Last run, ${ago(last.started_at)}`}>
        <p className="tests">
          <span className="ok">{count(last.tests.passed)} passed</span>
          <span className={last.tests.failed > 0 ? 'fail' : ''}>
            {count(last.tests.failed)} failed
          </span>
          <span className={last.tests.warned > 0 ? 'warn' : ''}>
            {count(last.tests.warned)} warned
          </span>
        </p>
        {last.tests.failures.map((failure) => (
          <details key={failure.name}>
            <summary>
              {failure.name}: {count(failure.failing_rows)} rows
            </summary>
            <p>{failure.message}</p>
            {failure.sql && <pre>{failure.sql}</pre>}
          </details>
        ))}
      </Panel>
    </div>
  );
}

function Lines({ head, rows }: { head: readonly string[]; rows: readonly string[][] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className="scroll" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.slice(0, 2).join('|')}>
              {row.map((cell, index) => (
                <td
                  key={head[index]}
                  className={index > 0 && /^[\d,.]+( [kMG]?B)?$/.test(cell) ? 'number' : ''}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
