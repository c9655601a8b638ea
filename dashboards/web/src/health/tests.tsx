import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, type QualityTest, type QualityTestInFull, type TestedRun } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { ago, count } from '../format.ts';
import { Lines } from './lines.tsx';

type Status = QualityTest['status'];
const symbols: Record<string, string> = {
  pass: '●',
  warn: '▲',
  fail: '✕',
  error: '✕',
  skipped: '○',
};
const symbol = (status: Status): string => symbols[status ?? ''] ?? '·';
const isBad = ({ status }: QualityTest): boolean =>
  status === 'warn' || status === 'fail' || status === 'error';

const rowsOf = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** What the tests of the data said over the last runs, and the rows that they found. */
export function Tests() {
  const { data } = useQuery({
    queryKey: ['tests'],
    queryFn: () => ask<{ runs: TestedRun[]; tests: QualityTest[] }>('/tests', { runs: '30' }),
    refetchInterval: 10_000,
  });
  const [text, setText] = useState('');
  const runs = data?.runs ?? [];
  const tests = data?.tests ?? [];
  const [last] = runs;
  const bad = tests.filter(isBad);
  const found = tests.filter(
    (one) =>
      !isBad(one) && `${one.title} ${one.name}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  return (
    <Panel
      title="Tests"
      id="tests"
      note={last ? `Last tested ${ago(last.at)}; a test that fails publishes nothing` : undefined}
      table={{
        columns: ['test', 'reads', 'severity', 'status', 'failing rows', 'last run'],
        rows: tests.map((one) => [
          one.name,
          one.reads.join(' '),
          one.severity,
          one.status ?? 'not run',
          one.failing_rows,
          one.at ?? '',
        ]),
        file: 'tonearm-tests',
      }}
    >
      {last === undefined ? (
        <p className="note">No run has tested anything yet.</p>
      ) : (
        <>
          <p className="tests">
            <span className="ok">{count(last.passed)} passed</span>
            <span className={last.failed > 0 ? 'fail' : ''}>{count(last.failed)} failed</span>
            <span className={last.warned > 0 ? 'warn' : ''}>{count(last.warned)} warned</span>
          </p>
          <History runs={runs} />
          {bad.map((one) => (
            <Test key={one.name} test={one} isOpen />
          ))}
          <details>
            <summary>All {count(tests.length)} tests</summary>
            <input
              type="search"
              aria-label="Find a test"
              placeholder="Find a test, a table, a column"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            {found.slice(0, 40).map((one) => (
              <Test key={one.name} test={one} />
            ))}
            {found.length > 40 && (
              <p className="note">{count(found.length - 40)} more; search to see them.</p>
            )}
          </details>
        </>
      )}
    </Panel>
  );
}

/** Passed, warned and failed of each run, oldest first. */
function History({ runs }: { runs: readonly TestedRun[] }) {
  const most = Math.max(...runs.map((run) => run.passed + run.warned + run.failed), 1);
  const failing = runs.filter((run) => run.failed > 0).length;
  return (
    <div
      className="test-history"
      role="img"
      aria-label={`Tests in the last ${runs.length} runs: ${failing} runs with failures`}
    >
      {runs.toReversed().map((run) => (
        <span
          key={run.run_id}
          title={`${ago(run.at)}: ${run.passed} passed, ${run.warned} warned, ${run.failed} failed`}
        >
          {run.failed > 0 && <b>✕</b>}
          <i className="fail" style={{ height: `${(100 * run.failed) / most}%` }} />
          <i className="warn" style={{ height: `${(100 * run.warned) / most}%` }} />
          <i className="ok" style={{ height: `${(100 * run.passed) / most}%` }} />
        </span>
      ))}
    </div>
  );
}

function Test({ test, isOpen = false }: { test: QualityTest; isOpen?: boolean }) {
  const [open, setOpen] = useState(isOpen);
  return (
    <details className="test" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={`mark ${test.status ?? ''}`} aria-hidden="true">
          {symbol(test.status)}
        </span>{' '}
        {test.title}
        <span className="note">
          {' '}
          {test.failing_rows > 0 ? rowsOf(test.failing_rows) : (test.status ?? 'not run')}
        </span>
        <span className="past" aria-hidden="true">
          {test.history.slice(0, 12).toReversed().map(symbol).join('')}
        </span>
      </summary>
      {open && <InFull name={test.name} />}
    </details>
  );
}

function InFull({ name }: { name: string }) {
  const { data, error } = useQuery({
    queryKey: ['tests', name],
    queryFn: () => ask<QualityTestInFull>(`/tests/${encodeURIComponent(name)}`),
  });
  if (error !== null) return <p className="note">{error.message}</p>;
  if (data === undefined) return <p className="note">Loading …</p>;
  const { failure } = data;
  return (
    <div className="in-full">
      <p className="note">
        <code>{name}</code> reads {data.reads.join(', ') || 'nothing'}; severity {data.severity}
      </p>
      {failure === null ? (
        <p className="note">It has found nothing in the last runs.</p>
      ) : (
        <>
          <p className="problem">
            {failure.message || failure.status} ({ago(failure.at)}, {rowsOf(failure.failing_rows)})
          </p>
          {failure.hidden_columns.length > 0 && (
            <p className="note">
              Texts of {failure.hidden_columns.join(', ')} are for the owner alone, since they may
              name listeners; equal numbers are equal texts.
            </p>
          )}
          {failure.rows.length > 0 && (
            <Lines
              label={`Failing rows of ${name}`}
              head={failure.columns}
              rows={failure.rows.map((row, index) => ({
                key: String(index),
                cells: row.map((cell) => (cell === null ? 'null' : String(cell))),
              }))}
            />
          )}
        </>
      )}
      <details>
        <summary>SQL</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <pre tabIndex={0}>{failure?.sql || data.sql}</pre>
      </details>
    </div>
  );
}
