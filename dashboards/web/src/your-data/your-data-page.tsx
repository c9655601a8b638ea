import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Erasure, erasureQuery, send } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { Empty, Failure } from '../components/states.tsx';
import { ListenerPicker } from '../trends/listener-picker.tsx';
import './your-data.css';

/** What is kept of a listener: all of it in one file, and its end. */
export default function YourDataPage() {
  const [user, setUser] = useState(
    () => new URLSearchParams(window.location.search).get('user') ?? '',
  );
  const choose = (next: string) => {
    window.history.replaceState(
      null,
      '',
      next === '' ? '/your-data' : `/your-data?user=${encodeURIComponent(next)}`,
    );
    setUser(next);
  };
  return (
    <>
      <div className="page-head">
        <h1>Your data</h1>
        <ListenerPicker user={user} choose={choose} everyone={false} />
      </div>
      {user === '' ? (
        <Empty title="Whose data?">
          <p>Find a listener above: you can take everything that is kept of them, or erase it.</p>
        </Empty>
      ) : (
        <div className="own-data" key={user}>
          <Takeout user={user} />
          <Erase user={user} />
        </div>
      )}
    </>
  );
}

function Takeout({ user }: { user: string }) {
  return (
    <Panel title="Take it with you">
      <p>
        One zip with every event of {user}, private sessions included, what was derived from them
        (sessions, preferences, recommendations), and the state of the Spotify account without its
        secrets; as JSON and as Parquet, with a page that explains each file.
      </p>
      <p>
        <a className="button" href={`/api/listeners/${encodeURIComponent(user)}/takeout`} download>
          Download everything
        </a>
      </p>
    </Panel>
  );
}

function Erase({ user }: { user: string }) {
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<Error>();
  const client = useQueryClient();
  const { data: job } = useQuery(erasureQuery(user));
  const path = `/listeners/${encodeURIComponent(user)}/erasure`;
  const erase = async () => {
    try {
      setFailure(undefined);
      const begun = await send<Erasure>(path, { confirm: typed });
      client.setQueryData(erasureQuery(user).queryKey, begun);
    } catch (error) {
      setFailure(error as Error);
    }
  };
  return (
    <Panel title="Erase it">
      <p>
        Everything of {user} goes: the log, the lake, refused records, the warehouse, every
        published version, the Spotify account. Afterwards every stored byte is searched for the
        name. It cannot be undone, and {user} does not come back by a replay, an import or a poll.
      </p>
      {failure !== undefined && <Failure error={failure} retry={() => void erase()} />}
      {job && <Outcome job={job} user={user} />}
      {(!job || job.state === 'failed') && (
        <form
          className="erase"
          onSubmit={(event) => {
            event.preventDefault();
            void erase();
          }}
        >
          <label>
            Type the name to confirm{' '}
            <input
              value={typed}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>{' '}
          <button type="submit" className="danger" disabled={typed !== user}>
            {job ? `Erase ${user} again` : `Erase ${user} for good`}
          </button>
        </form>
      )}
    </Panel>
  );
}

function Outcome({ job, user }: { job: Erasure; user: string }) {
  if (job.state === 'running') {
    return (
      <p role="status">
        Erasing {user} … It takes a minute or two: the totals are built anew without them.
      </p>
    );
  }
  const hits = job.proof.reduce((sum, store) => sum + store.hits, 0);
  return (
    <div role="status">
      <p>
        <strong>
          {job.state === 'done' ? `${user} is erased.` : `${user} could not be erased everywhere.`}
        </strong>{' '}
        {job.message}
        {job.log_bytes_until !== null &&
          ` The last bytes leave the brokers' disks by ${job.log_bytes_until.slice(0, 16).replace('T', ' ')} UTC.`}
      </p>
      {job.proof.length > 0 && (
        <table>
          <caption>Searched for the name afterwards: {hits} hits.</caption>
          <thead>
            <tr>
              <th scope="col">Store</th>
              <th scope="col">Files</th>
              <th scope="col">Bytes</th>
              <th scope="col">Rows</th>
              <th scope="col">Hits</th>
            </tr>
          </thead>
          <tbody>
            {job.proof.map((store) => (
              <tr key={store.store}>
                <th scope="row">{store.store}</th>
                <td>{store.files.toLocaleString('en')}</td>
                <td>{store.bytes.toLocaleString('en')}</td>
                <td>{store.rows.toLocaleString('en')}</td>
                <td>{store.hits.toLocaleString('en')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
