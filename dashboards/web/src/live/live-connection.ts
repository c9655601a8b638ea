/** Without a message for this long the connection counts as dead, ms: the server beats every 10 s. */
const silenceMs = 25_000;
const firstRetryMs = 1000;
const longestRetryMs = 15_000;

export type Connection = 'connecting' | 'open' | 'lost';

interface Handlers {
  /** The newest snapshot as text, at most once a frame. */
  readonly onSnapshot: (text: string) => void;
  readonly onState: (state: Connection) => void;
}

/**
 * The live stream, kept open until closed. A browser reconnects by itself when a connection breaks, yet gives up
 * for good on an error page and never notices a connection that went silent: both are opened again here.
 * @returns the way to close it.
 */
export function openLiveConnection({ onSnapshot, onState }: Handlers): () => void {
  let stream: EventSource | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let frame: number | undefined;
  let newest = '';
  let failures = 0;

  const reopen = () => {
    stream?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    onState('lost');
    retry = setTimeout(open, Math.min(longestRetryMs, firstRetryMs * 2 ** failures));
    failures += 1;
  };
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(reopen, silenceMs);
  };
  const open = () => {
    const opened = new EventSource('/api/live/stream');
    stream = opened;
    heard();
    opened.onopen = () => {
      failures = 0;
      heard();
      onState('open');
    };
    opened.onerror = () => {
      if (opened.readyState === EventSource.CLOSED) reopen();
      else onState('lost');
    };
    opened.addEventListener('heartbeat', heard);
    opened.addEventListener('live', ({ data }: MessageEvent<string>) => {
      heard();
      newest = data;
      // Several that came during one frame are one picture.
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        onSnapshot(newest);
      });
    });
  };

  onState('connecting');
  open();
  return () => {
    stream?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
}
