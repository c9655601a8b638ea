import { useQuery } from '@tanstack/react-query';
import { ask, type SourceAccount } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { ago } from '../format.ts';
import { Lines } from './lines.tsx';

const words: Record<SourceAccount['state'], string> = {
  ok: 'asked regularly',
  new: 'not asked yet',
  failing: 'failing',
  login_needed: 'must sign in again',
};
const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** Accounts that are asked for plays, and where their listening is missing. */
export function SourcesPanel() {
  const { data } = useQuery({
    queryKey: ['sources'],
    queryFn: () => ask<{ spotify: SourceAccount[] }>('/sources'),
    refetchInterval: 30_000,
  });
  const accounts = data?.spotify ?? [];
  const gaps = accounts.flatMap(({ user, gaps: lost }) => lost.map((gap) => ({ user, ...gap })));
  return (
    <Panel
      title="Listening gaps"
      id="sources"
      note={
        accounts.length === 0
          ? 'No Spotify account is asked for plays; simulated and imported events need none.'
          : gaps.length === 0
            ? 'Nothing is missing from what Spotify told.'
            : 'Spotify tells the last 50 plays alone. What fell out before it was asked is missing; an export fills it.'
      }
    >
      {accounts.length > 0 && (
        <Lines
          label="Spotify accounts"
          head={['account', 'state', 'asked']}
          rows={accounts.map((one) => ({
            key: one.user,
            cells: [one.user, one.warning ?? one.problem ?? words[one.state], ago(one.polled_at)],
          }))}
        />
      )}
      {gaps.length > 0 && (
        <Lines
          label="Gaps"
          head={['listener', 'from, UTC', 'to, UTC', 'hours']}
          rows={gaps.map((gap) => ({
            key: `${gap.user}${gap.from}`,
            cells: [
              gap.user,
              minute(gap.from),
              minute(gap.to),
              ((Date.parse(gap.to) - Date.parse(gap.from)) / 3_600_000).toFixed(1),
            ],
          }))}
        />
      )}
    </Panel>
  );
}
