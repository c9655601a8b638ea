import { Panel } from '../components/panel.tsx';
import { Failure, Wait } from '../components/states.tsx';
import { count, percent } from '../format.ts';
import { type Shown, useTrends } from './use-trends.ts';

interface Cohort {
  cohort_month: string;
  months_since: number;
  cohort_listeners: number;
  listeners: number;
  retention: number;
}

type Unit = 'month' | 'quarter' | 'year';

/** Every month of one year; of more, months further and further apart, then each full year: what a row has room for. */
function shownMonths(last: number): number[] {
  if (last <= 12) return Array.from({ length: last + 1 }, (_, since) => since);
  const years = Array.from({ length: Math.floor(last / 12) - 1 }, (_, year) => 24 + year * 12);
  return [0, 1, 2, 3, 6, 9, 12, 18, ...years].filter((since) => since <= last);
}

/** `2024-04` as it is, or `2024 Q2`, or `2024`. */
function nameOf(month: string, unit: Unit): string {
  if (unit === 'month') return month;
  const year = month.slice(0, 4);
  return unit === 'year' ? year : `${year} Q${(Number(month.slice(5)) + 2) / 3}`;
}

/** Who came back, of all who ever began. */
export function Retention({ shown }: { shown: Shown }) {
  const { data, isError, error, refetch } = useTrends<{ unit: Unit; rows: Cohort[] }>(
    '/trends/retention',
    {},
    shown.version,
  );
  const rows = data?.rows ?? [];
  const unit = data?.unit ?? 'month';
  const last = Math.max(0, ...rows.map((row) => row.months_since));
  const months = shownMonths(last);
  const cohorts = Map.groupBy(rows, (row) => row.cohort_month);
  return (
    <Panel
      className="whole"
      title="Who came back"
      note={[
        `All listeners by the ${unit} of their first play, and the share of them with a play so many months later.`,
        unit !== 'month' &&
          'Each is counted from their own first month, and as far as that is long enough ago.',
        'All time, whatever period is chosen.',
        last > 12 && 'The table has every month.',
      ]
        .filter(Boolean)
        .join(' ')}
      table={{
        columns: ['began in', 'months later', 'listeners', 'came back', 'share'],
        rows: rows.map((row) => [
          nameOf(row.cohort_month, unit),
          row.months_since,
          row.cohort_listeners,
          row.listeners,
          percent(row.retention),
        ]),
        file: 'retention',
      }}
    >
      {isError ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Wait />
      ) : rows.length === 0 ? (
        <p className="note">Nobody to tell of yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <div className="scroll" tabIndex={0}>
          <table className="cohorts">
            <thead>
              <tr>
                <th scope="col">Began in</th>
                <th scope="col">Listeners</th>
                {months.map((since) => (
                  <th key={since} scope="col">
                    +{since}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...cohorts].map(([cohort, cells]) => (
                <tr key={cohort}>
                  <th scope="row">{nameOf(cohort, unit)}</th>
                  <td>{count(cells[0]!.cohort_listeners)}</td>
                  {months.map((since) => (
                    <Cell key={since} cell={cells.find((one) => one.months_since === since)} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** Empty where that month has not come yet. */
function Cell({ cell }: { cell: Cohort | undefined }) {
  if (cell === undefined) return <td />;
  const share = Math.round(cell.retention * 45);
  return (
    <td style={{ background: `color-mix(in oklab, var(--blue) ${share}%, var(--panel))` }}>
      {percent(cell.retention)}
    </td>
  );
}
