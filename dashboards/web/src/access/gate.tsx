import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from '../components/states.tsx';
import { sessionQuery } from './session.ts';
import { SignInPage } from './sign-in-page.tsx';

/** The app for those who are signed in, or need not be; the sign-in page for all others. */
export function Gate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  if (session === undefined) {
    return error === null ? null : <Failure error={error} retry={() => void refetch()} />;
  }
  if (session.role !== 'anonymous') {
    if (window.location.pathname === '/sign-in') window.history.replaceState(null, '', '/');
    return children;
  }
  return (
    <>
      <header className="top">
        <span className="brand">
          <img src="/tonearm.svg" alt="" width="28" height="28" />
          Tonearm
        </span>
      </header>
      <main id="content">
        <SignInPage session={session} />
      </main>
    </>
  );
}
