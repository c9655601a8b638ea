import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask, type DeadLetters, type Replayed, send } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { ago, count } from '../format.ts';
import { Lines } from './lines.tsx';

type Reason = DeadLetters['reasons'][number];
const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, one) => total + one, 0);

/** Refused records by reason, with a second try after a fix. */
export function DeadLettersPanel() {
  const queries = useQueryClient();
  const { data, isError } = useQuery({
    queryKey: ['dead-letters'],
    queryFn: () => ask<DeadLetters>('/dead-letters', { limit: '10' }),
    refetchInterval: 10_000,
  });
  const replay = useMutation({
    mutationFn: ({ code, topic, field }: Partial<Reason>) =>
      send<Replayed>('/dead-letters/replay', { code, topic, field: field ?? undefined }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['dead-letters'] }),
  });
  const reasons = data?.reasons ?? [];
  const waiting = reasons.reduce((total, one) => total + one.waiting, 0);
  const again = (what: Partial<Reason>, label: string) => (
    <button
      type="button"
      disabled={replay.isPending}
      aria-label={label}
      onClick={() => replay.mutate(what)}
    >
      Replay
    </button>
  );
  return (
    <Panel
      title="Dead letters"
      id="dead-letters"
      className="wide"
      note={
        isError
          ? 'They cannot be read now.'
          : reasons.length === 0
            ? 'Every record kept its contract.'
            : `${count(waiting)} ${waiting === 1 ? 'record waits' : 'records wait'}, kept whole with the reason. After a fix, a replay sends those that keep their contract now, each once.`
      }
    >
      {reasons.length > 0 && (
        <Lines
          label="Refused records by reason"
          head={['reason', 'field', 'topic', 'waiting', 'replayed', 'newest', 'second try']}
          rows={reasons.map((one) => ({
            key: `${one.code}|${one.field}|${one.topic}`,
            cells: [
              <code key="code">{one.code}</code>,
              one.field ?? '',
              one.topic,
              count(one.waiting),
              count(one.replayed),
              ago(one.last_received_at),
              one.waiting > 0 && again(one, `Replay ${one.code} ${one.field ?? ''} ${one.topic}`),
            ],
          }))}
        />
      )}
      <p role="status">
        {replay.isPending && 'Replaying …'}
        {replay.isError && <span className="problem">{replay.error.message}</span>}
        {replay.data && outcome(replay.data)}
      </p>
      {data !== undefined && data.letters.length > 0 && (
        <details>
          <summary>The newest {data.letters.length}</summary>
          <Lines
            label="The newest refused records"
            head={['received', 'where in the log', 'field', 'reason', 'state']}
            rows={data.letters.map((one) => ({
              key: one.dead_letter_id,
              cells: [
                ago(one.received_at),
                <code key="id">{one.dead_letter_id}</code>,
                one.field ?? '',
                one.reason,
                one.replayed_at === null ? 'waiting' : `replayed ${ago(one.replayed_at)}`,
              ],
            }))}
          />
        </details>
      )}
    </Panel>
  );
}

function outcome({ looked_at: looked, replayed, refused }: Replayed): string {
  if (looked === 0) return 'None waited.';
  const still = sum(refused);
  return `${count(sum(replayed))} of ${count(looked)} sent again${still > 0 ? `; ${count(still)} still break their contract` : ''}.`;
}
