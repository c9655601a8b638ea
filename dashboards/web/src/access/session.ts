import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ask, send } from '../api.ts';

/** Who one is here, as `GET /api/session` tells. */
export interface Session {
  authentication: boolean;
  role: 'anonymous' | 'listener' | 'operator' | 'owner';
  user: string | null;
  expires_at: string | null;
  spotify: boolean;
  smallest_group: number;
}

export const sessionQuery = {
  queryKey: ['session'],
  queryFn: () => ask<Session>('/session'),
  staleTime: 60_000,
};

export const useSession = () => useQuery(sessionQuery).data;

/** True for those who look after the platform. */
export const seesPlatform = (session: Session | undefined): boolean =>
  session?.role === 'owner' || session?.role === 'operator';

/** Signs in or out: nothing that was shown before stays. */
export function useSessionChange() {
  const queries = useQueryClient();
  const take = (session: Session) => {
    queries.setQueryData(sessionQuery.queryKey, session);
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  };
  return {
    signIn: async (token: string) => take(await send<Session>('/session', { token })),
    signOut: async () => take(await send<Session>('/session', undefined, 'DELETE')),
  };
}
