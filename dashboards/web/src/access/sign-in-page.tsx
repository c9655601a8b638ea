import { type FormEvent, useState } from 'react';
import { type Session, useSessionChange } from './session.ts';
import './access.css';

/** What the server says when signing in with Spotify did not work. */
const problems: Record<string, string> = {
  expired: 'The sign-in took too long or was begun elsewhere. Try again.',
  refused: 'Access was refused at Spotify.',
  failed: 'Spotify did not answer as it should. Try again in a minute.',
  unknown: 'This Spotify account is not known here. Ask the owner to let you in.',
};

export function SignInPage({ session }: { session: Session }) {
  const { signIn } = useSessionChange();
  const query = new URLSearchParams(window.location.search);
  const [problem, setProblem] = useState(problems[query.get('problem') ?? '']);
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const isSignIn = window.location.pathname === '/sign-in';
  const next = isSignIn ? '/' : window.location.pathname + window.location.search;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(token);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return (
    <section className="sign-in panel" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {session.spotify && (
        <>
          <a
            className="with-spotify"
            href={`/api/session/spotify?${new URLSearchParams({ next })}`}
          >
            Sign in with Spotify
          </a>
          <p className="or">or</p>
        </>
      )}
      <form onSubmit={submit}>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          maxLength={200}
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
      <p className="note">
        The owner makes tokens with <code>./tonearm access token</code>.
      </p>
    </section>
  );
}
