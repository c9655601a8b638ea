import { useSession, useSessionChange } from './session.ts';
import './access.css';

const roleNames = { anonymous: '', listener: 'listener', operator: 'operator', owner: 'owner' };

/** Who one is, and the way out; nothing where one need not sign in. */
export function Account() {
  const session = useSession();
  const { signOut } = useSessionChange();
  if (!session?.authentication || session.role === 'anonymous') return null;
  const name = session.user ?? roleNames[session.role];
  return (
    <span className="account">
      <span title={`Signed in as ${name} (${roleNames[session.role]})`}>{name}</span>
      <button type="button" className="quiet" onClick={() => void signOut()}>
        Sign out
      </button>
    </span>
  );
}

/** Says what shared views leave out. */
export function SharedNote() {
  const session = useSession();
  if (session === undefined || session.smallest_group === 1) return null;
  if (session.role === 'anonymous') return null;
  return (
    <p className="shared-note">
      What is shown of everyone leaves out groups of fewer than {session.smallest_group} listeners.
    </p>
  );
}
