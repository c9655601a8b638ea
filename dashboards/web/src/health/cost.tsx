import { useQuery } from '@tanstack/react-query';
import { ask, type Cost } from '../api.ts';
import { Bars } from '../components/bars.tsx';
import { Panel } from '../components/panel.tsx';
import { Lines } from './lines.tsx';

const dollars = (value: number): string => `$ ${value.toFixed(value > 0 && value < 1 ? 3 : 2)}`;

/** What a month of this would cost on S3 and Snowflake. */
export function CostPanel() {
  const { data, isError } = useQuery({
    queryKey: ['cost'],
    queryFn: () => ask<Cost>('/cost'),
    staleTime: 60_000,
  });
  const lines = data?.lines ?? [];
  const stages = [...new Set(lines.map(({ stage }) => stage))].map((stage) => ({
    stage,
    sum: lines.filter((line) => line.stage === stage).reduce((all, one) => all + one.dollars, 0),
  }));
  return (
    <Panel
      title="Cost"
      id="cost"
      note={
        isError
          ? 'It cannot be reckoned now.'
          : data
            ? data.basis === 'billed'
              ? `${dollars(data.total)} a month: Snowflake's credits as billed, S3 at list price from ${data.days.toFixed(1)} days that were measured.`
              : `${dollars(data.total)} a month on S3 and Snowflake at list price, from ${data.basis === 'measured' ? `${data.days.toFixed(1)} days that were measured` : 'the plan'}. This machine costs none of it.`
            : 'Reckoning …'
      }
      table={{
        columns: ['stage', 'provider', 'what', 'quantity', 'unit', 'dollars'],
        rows: lines.map((one) => [
          one.stage,
          one.provider,
          one.what,
          one.quantity,
          one.unit,
          Math.round(one.dollars * 1e4) / 1e4,
        ]),
        file: 'tonearm-cost',
      }}
    >
      <Bars
        items={stages
          .toSorted((a, b) => b.sum - a.sum)
          .map(({ stage, sum }) => ({ key: stage, name: stage, value: sum, text: dollars(sum) }))}
      />
      {data !== undefined && data.advice.length > 0 && (
        <>
          <h3>What would save</h3>
          <Lines
            label="Advice"
            head={['change', 'saves a month']}
            rows={data.advice.map((one) => ({
              key: one.change,
              cells: [one.change, dollars(one.saves)],
            }))}
          />
        </>
      )}
    </Panel>
  );
}
