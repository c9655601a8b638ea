import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { ask, type Lineage } from '../api.ts';
import { loadPart } from '../components/load-part.ts';
import { Panel } from '../components/panel.tsx';
import { Loading } from '../components/states.tsx';
import { ago, count } from '../format.ts';

// The layout of graphs is a library of its own: it comes when it is needed.
const LineageGraph = lazy(() => loadPart(() => import('./lineage-graph.tsx')));

/** What each table is made of, back to the topics. */
export function LineagePanel() {
  const { data, isError } = useQuery({
    queryKey: ['lineage'],
    queryFn: () => ask<Lineage>('/lineage'),
    refetchInterval: 30_000,
  });
  const nodes = data?.nodes ?? [];
  const made = (id: string) =>
    (data?.edges ?? []).filter(({ to }) => to === id).map(({ from }) => from);
  return (
    <Panel
      title="Lineage"
      id="lineage"
      className="wide"
      note={
        isError
          ? 'It cannot be read now.'
          : data?.at
            ? `As built ${ago(data.at)}: ${count(nodes.length)} nodes. Choose one to see what it is made of and what is made of it.`
            : 'The first build tells what is made of what.'
      }
      table={{
        columns: ['node', 'layer', 'made from', 'rows', 'built', 'tests passed', 'tests failed'],
        rows: nodes.map((one) => [
          one.id,
          one.layer,
          made(one.id).join(' '),
          one.rows ?? '',
          one.built_at ?? '',
          one.tests.passed,
          one.tests.failed,
        ]),
        file: 'tonearm-lineage',
      }}
    >
      {data !== undefined && nodes.length > 0 && (
        <Suspense fallback={<Loading />}>
          <LineageGraph lineage={data} />
        </Suspense>
      )}
    </Panel>
  );
}
