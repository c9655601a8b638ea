import { useQuery } from '@tanstack/react-query';
import { ask, type Choice } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { ago } from '../format.ts';
import { Lines } from './lines.tsx';

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** Which way to recommend was chosen, against what. */
export function RecommendationChoice() {
  const { data } = useQuery({
    queryKey: ['choice'],
    queryFn: () => ask<{ ways: Choice[] }>('/recommendations/choice'),
    refetchInterval: 60_000,
  });
  const ways = data?.ways ?? [];
  const chosen = ways.find((way) => way.is_chosen);
  return (
    <Panel
      title="Recommendations"
      note={
        chosen
          ? `${chosen.reason} Compared ${ago(chosen.chosen_at)}.`
          : 'The portable method in SQL; nothing has been compared yet.'
      }
    >
      {ways.length > 0 && (
        <Lines
          label="Ways to recommend"
          head={['method', 'used', 'NDCG@10', 'Recall@20', 'coverage']}
          rows={ways.map((way) => ({
            key: `${way.tier}${way.method}`,
            cells: [
              way.method,
              way.is_chosen ? 'yes' : 'no',
              figure(way.ndcg),
              figure(way.recall_20),
              figure(way.coverage),
            ],
          }))}
        />
      )}
    </Panel>
  );
}
