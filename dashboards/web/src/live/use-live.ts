import { useEffect, useState } from 'react';
import type { Live } from '../api.ts';
import { type Connection, openLiveConnection } from './live-connection.ts';

export type LiveState = Connection | 'paused';

/** What is drawn at leisure follows this often, ms. */
const calmMs = 1000;

/**
 * The newest live snapshot, pushed by the server. Paused or in a hidden tab the stream is closed:
 * it costs neither this machine nor the server anything.
 */
export function useLive(paused: boolean): { live: Live | undefined; state: LiveState } {
  const [live, setLive] = useState<Live>();
  const [state, setState] = useState<LiveState>('connecting');
  const hidden = useHidden();

  useEffect(() => {
    if (paused) setState('paused');
    if (paused || hidden) return;
    return openLiveConnection({
      onSnapshot: (text) => setLive(JSON.parse(text) as Live),
      onState: setState,
    });
  }, [paused, hidden]);

  return { live, state };
}

function useHidden(): boolean {
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const follow = () => setHidden(document.hidden);
    document.addEventListener('visibilitychange', follow);
    return () => document.removeEventListener('visibilitychange', follow);
  }, []);
  return hidden;
}

/** The snapshot as of the last full second: charts and lists need no more, and cost less. */
export function useCalm(live: Live): Live {
  const [calm, setCalm] = useState(live);
  const isDue = Math.abs(Date.parse(live.now) - Date.parse(calm.now)) >= calmMs;
  if (isDue) setCalm(live);
  return isDue ? live : calm;
}
