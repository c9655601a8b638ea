import { useEffect, useRef, useState } from 'react';
import type { Live } from '../api.ts';

export type Connection = 'connecting' | 'open' | 'lost' | 'paused';

/**
 * The newest live snapshot, pushed by the server. At most four renders a second, whatever the
 * rate of events. Paused, it closes the stream, so that it costs nothing.
 */
export function useLive(paused: boolean): { live: Live | undefined; connection: Connection } {
  const [live, setLive] = useState<Live>();
  const [connection, setConnection] = useState<Connection>('connecting');
  const newest = useRef<string>(undefined);

  useEffect(() => {
    if (paused) {
      setConnection('paused');
      return;
    }
    setConnection('connecting');
    const stream = new EventSource('/api/live/stream');
    stream.onopen = () => setConnection('open');
    stream.onerror = () => setConnection('lost');
    stream.addEventListener('live', (event) => {
      newest.current = (event as MessageEvent<string>).data;
    });
    const timer = setInterval(() => {
      if (newest.current === undefined) return;
      setLive(JSON.parse(newest.current) as Live);
      newest.current = undefined;
    }, 200);
    return () => {
      stream.close();
      clearInterval(timer);
    };
  }, [paused]);

  return { live, connection };
}
