import type { ReactNode } from 'react';
import { ApiError } from '../api.ts';

export function Loading() {
  return (
    <div className="skeletons" role="status" aria-label="Loading">
      <div />
      <div />
      <div />
    </div>
  );
}

/** In the place of one picture whose answer is on its way. */
export function Wait() {
  return <div className="wait" role="status" aria-label="Loading" />;
}

export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  if (error instanceof ApiError && error.status === 403) {
    return (
      <Empty title="Your account does not see this">
        <p>{error.message}</p>
      </Empty>
    );
  }
  return (
    <div className="empty" role="alert">
      <h2>This could not be loaded</h2>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
