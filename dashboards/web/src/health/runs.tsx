import { useState } from 'react';
import type { Run } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { Empty, Loading } from '../components/states.tsx';
import { ago, count } from '../format.ts';

const marks: Record<Run['status'], string> = { success: '', failed: '✕', skipped: '○' };
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`;
const time = (instant: string): string => new Date(instant).toLocaleTimeString('en-GB');

/** The last runs as a row of bars, and the steps of the one that is chosen as a timeline. */
export function Runs({ runs }: { runs: readonly Run[] | undefined }) {
  const [chosen, choose] = useState<string>();
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
  const shown = runs.find((run) => run.run_id === chosen) ?? last;
  const longest = Math.max(...runs.map((run) => run.duration_ms), 1);
  return (
    <Panel
      title="Last runs"
      className="runs"
      id="runs"
      note="Oldest on the left; the height is the time it took. Choose one for its steps."
      table={{
        columns: ['run', 'started', 'status', 'seconds', 'passed', 'failed', 'warned', 'message'],
        rows: runs.map((run) => [
          run.run_id,
          run.started_at,
          run.status,
          Math.round(run.duration_ms / 100) / 10,
          run.tests.passed,
          run.tests.failed,
          run.tests.warned,
          run.error?.message ?? '',
        ]),
        file: 'tonearm-runs',
      }}
    >
      <fieldset className="strip">
        <legend className="hidden">Run whose steps are shown</legend>
        {runs.toReversed().map((run) => (
          <label
            key={run.run_id}
            className={run.status}
            title={`${time(run.started_at)}, ${run.status}, ${seconds(run.duration_ms)}`}
          >
            <input
              type="radio"
              name="run"
              className="hidden"
              checked={run === shown}
              onChange={() => choose(run.run_id)}
            />
            <span className="hidden">
              {time(run.started_at)}, {run.status}, {seconds(run.duration_ms)}
            </span>
            <b aria-hidden="true">{marks[run.status]}</b>
            <i
              aria-hidden="true"
              style={{ height: `${Math.max(6, (100 * run.duration_ms) / longest)}%` }}
            />
          </label>
        ))}
      </fieldset>
      <Steps run={shown} />
    </Panel>
  );
}

function Steps({ run }: { run: Run }) {
  const begin = Date.parse(run.started_at);
  const whole = Math.max(run.duration_ms, 1);
  return (
    <>
      <p className="run-head">
        <strong>
          {run.status === 'success' ? 'Published' : run.status}, {ago(run.started_at)}
        </strong>{' '}
        <span className="note">
          {time(run.started_at)} · {seconds(run.duration_ms)} · {count(run.tests.passed)} tests
          passed
          {run.tests.failed > 0 ? `, ${count(run.tests.failed)} failed` : ''}
          {run.tests.warned > 0 ? `, ${count(run.tests.warned)} warned` : ''}
        </span>
      </p>
      {run.error && <p className="problem">{run.error.message}</p>}
      <ol className="steps">
        {run.steps.map((step) => (
          <li key={step.name} className={step.status}>
            <span>{step.name}</span>
            <span className="track">
              <i
                style={{
                  left: `${(100 * (Date.parse(step.started_at) - begin)) / whole}%`,
                  width: `max(3px, ${(100 * step.duration_ms) / whole}%)`,
                }}
              />
            </span>
            <span className="number">
              {step.status === 'success' ? seconds(step.duration_ms) : step.status}
            </span>
            {step.message && <span className="note">{step.message}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}
