import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Gate } from './access/gate.tsx';
import { sessionQuery } from './access/session.ts';
import { ApiError } from './api.ts';
import { App } from './app.tsx';
import './theme.css';

/** An answer that stays the same however often it is asked for. */
const isFinal = (error: unknown): boolean => error instanceof ApiError && error.status < 500;

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // The session has ended: ask who one is, and the sign-in page follows.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) {
        void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 1 && !isFinal(error),
      refetchOnWindowFocus: false,
    },
  },
});

// The question is on its way before the first picture is drawn.
void queries.prefetchQuery(sessionQuery);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Gate>
        <App />
      </Gate>
    </QueryClientProvider>
  </StrictMode>,
);
