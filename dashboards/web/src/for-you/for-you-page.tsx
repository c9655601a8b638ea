import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../access/session.ts';
import {
  ApiError,
  ask,
  type Blend,
  type Choice,
  type RecommendedTrack,
  type TrackName,
} from '../api.ts';
import { useStatus } from '../app.tsx';
import { Panel } from '../components/panel.tsx';
import { Empty, Failure, Loading, Wait } from '../components/states.tsx';
import { ago } from '../format.ts';
import { ListenerPicker } from '../trends/listener-picker.tsx';
import { reason, TrackRows } from './track-rows.tsx';

/** The choice lives in the address, so that it can be kept and shared. */
function useSelection() {
  const [selection, setSelection] = useState(() => {
    const query = new URLSearchParams(window.location.search);
    return {
      user: query.get('user') ?? '',
      with: query.get('with') ?? '',
      adventure: query.get('adventure') ?? '0.5',
      track: query.get('track') ?? '',
    };
  });
  const change = (next: Partial<typeof selection>) => {
    const merged = { ...selection, ...next };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(merged)) {
      if (value !== '' && !(name === 'adventure' && value === '0.5')) query.set(name, value);
    }
    window.history.replaceState(null, '', `/for-you${query.size > 0 ? `?${query}` : ''}`);
    setSelection(merged);
  };
  return [selection, change] as const;
}

export default function ForYouPage() {
  const status = useStatus();
  const [selection, select] = useSelection();
  const { user } = selection;
  if (status.data === undefined) {
    if (!status.isError) return <Loading />;
    return <Failure error={status.error} retry={() => void status.refetch()} />;
  }
  const version = status.data.mart?.version ?? '';
  return (
    <>
      <div className="page-head">
        <h1>{user === '' ? 'For you' : `For ${user}`}</h1>
        <ListenerPicker
          user={user}
          choose={(next) => select({ user: next, with: '', track: '' })}
          everyone={false}
        />
        {user !== '' && (
          <label className="adventure">
            Familiar
            <input
              type="range"
              min="0"
              max="1"
              step="0.1"
              value={selection.adventure}
              aria-label="From familiar to adventurous"
              onChange={(event) => select({ adventure: event.target.value })}
            />
            Adventurous
          </label>
        )}
      </div>
      {user === '' ? (
        <Empty title="Whose taste is it to be?">
          <p>Find a listener above: the list is made of what they play, and of nothing private.</p>
        </Empty>
      ) : (
        <Lists
          selection={selection}
          select={select}
          version={version}
          published={status.data.mart?.published_at}
        />
      )}
    </>
  );
}

function Lists({
  selection,
  select,
  version,
  published,
}: {
  selection: ReturnType<typeof useSelection>[0];
  select: ReturnType<typeof useSelection>[1];
  version: string;
  published: string | undefined;
}) {
  const seesOthers = useSession()?.role === 'owner';
  const { user, adventure, track } = selection;
  const songs = useList<RecommendedTrack>('/recommendations', { user, adventure }, version);
  const fresh = useList<RecommendedTrack>(
    '/recommendations',
    { user, adventure, new_artists: 'true', limit: '30' },
    version,
  );
  if (songs.isError) return <Failure error={songs.error} retry={() => void songs.refetch()} />;
  if (songs.data === undefined) return <Loading />;
  if (version === '') {
    return (
      <Empty title="The first lists are being made">
        <p>They come about a minute after the first start, and this page shows them by itself.</p>
      </Empty>
    );
  }
  if (songs.data.items.length === 0) {
    return (
      <Empty title={`There is no list for ${user} yet`}>
        <p>
          After a first start or an import it comes within a minute or two, and this page shows it
          by itself. Lists are made of plays that were not private; a listener who has played
          everything there is gets none.
        </p>
      </Empty>
    );
  }
  const more = (id: string) => select({ track: id });
  return (
    <div className="grid for-you" data-as-of={published}>
      <Panel
        title="Songs to try"
        note="Never played before, the likeliest first. Choose one for more like it."
        table={tableOf(songs.data.items, 'tonearm-for-you')}
      >
        <TrackRows items={songs.data.items} more={more} chosen={track} />
      </Panel>
      <div className="column">
        {track !== '' && <Similar id={track} more={more} version={version} />}
        <NewArtists items={fresh.data?.items} error={fresh.error} more={more} />
        {seesOthers && (
          <BlendPanel
            user={user}
            other={selection.with}
            select={select}
            more={more}
            version={version}
          />
        )}
        <Why version={version} published={published} />
      </div>
    </div>
  );
}

/** Artists that a listener has never played, each with the songs of theirs that fit. */
function NewArtists({
  items,
  error,
  more,
}: {
  items: readonly RecommendedTrack[] | undefined;
  error: Error | null;
  more: (id: string) => void;
}) {
  const artists = [...Map.groupBy(items ?? [], ({ artist }) => artist)].slice(0, 10);
  return (
    <Panel
      title="Artists new to you"
      note="Never played before, with a song to begin with"
      table={tableOf(items ?? [], 'tonearm-new-artists')}
    >
      {items === undefined ? (
        error === null ? (
          <Wait />
        ) : (
          <p className="problem">{error.message}</p>
        )
      ) : artists.length === 0 ? (
        <p className="note">No artist that is new to you fits.</p>
      ) : (
        <ol className="tracks">
          {artists.map(([artist, [first, ...others]]) => (
            <li key={artist}>
              <span className="what">
                <strong>{artist}</strong>
                <span>
                  {[first!, ...others]
                    .map(({ track }) => track)
                    .slice(0, 3)
                    .join(', ')}
                </span>
                <span className="why">{reason(first!)}</span>
              </span>
              <button
                type="button"
                className="quiet"
                aria-label={`More like it: ${first!.track}`}
                onClick={() => more(first!.track_id)}
              >
                More like it
              </button>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function useList<T>(path: string, parameters: Record<string, string>, version: string) {
  return useQuery({
    queryKey: [path, parameters, version],
    queryFn: () => ask<{ items: T[] }>(path, parameters),
    placeholderData: (previous) => previous,
  });
}

const tableOf = (items: readonly RecommendedTrack[], file: string) => ({
  columns: ['rank', 'track', 'artist', 'genre', 'because', 'new artist', 'listeners'],
  rows: items.map((item) => [
    item.rank,
    item.track,
    item.artist,
    item.genre ?? '',
    item.because.map((one) => one.track).join(' and '),
    item.is_new_artist ? 'yes' : 'no',
    item.listeners,
  ]),
  file,
});

function Similar({
  id,
  more,
  version,
}: {
  id: string;
  more: (id: string) => void;
  version: string;
}) {
  const { data, isError, error, refetch } = useQuery({
    queryKey: ['similar', id, version],
    queryFn: () =>
      ask<{ track: TrackName; source: string; items: TrackName[] }>(
        `/tracks/${encodeURIComponent(id)}/similar`,
        { limit: '10' },
      ),
    placeholderData: (previous, query) => (query?.queryKey[1] === id ? previous : undefined),
  });
  return (
    <Panel
      title={data === undefined ? 'More like it' : `More like ${data.track.track}`}
      id="more-like-it"
      note={
        data &&
        (data.source === 'taste'
          ? 'What its listeners play too'
          : 'Few play it: more of its artist, and what is popular in its genre')
      }
      table={tableOfNames(data?.items ?? [], 'tonearm-more-like-it')}
    >
      {isError ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Wait />
      ) : (
        <TrackRows items={data.items} more={more} chosen={id} />
      )}
    </Panel>
  );
}

const tableOfNames = (items: readonly TrackName[], file: string) => ({
  columns: ['rank', 'track', 'artist', 'genre'],
  rows: items.map((item, place) => [place + 1, item.track, item.artist, item.genre ?? '']),
  file,
});

function BlendPanel({
  user,
  other,
  select,
  more,
  version,
}: {
  user: string;
  other: string;
  select: (next: { with: string }) => void;
  more: (id: string) => void;
  version: string;
}) {
  const { data, isError, error, refetch } = useQuery({
    queryKey: ['blend', user, other, version],
    queryFn: () => ask<Blend>('/recommendations/blend', { user, with: other, limit: '10' }),
    enabled: other !== '',
    placeholderData: (previous, query) =>
      query?.queryKey[1] === user && query.queryKey[2] === other ? previous : undefined,
  });
  return (
    <Panel
      title="Blend"
      note={
        other === ''
          ? 'Songs for two: choose a second listener.'
          : data === undefined
            ? `${user} and ${other}`
            : inCommon(user, other, data)
      }
      table={
        data && {
          columns: ['rank', 'track', 'artist', 'genre', 'on the list of'],
          rows: data.items.map((item, place) => [
            place + 1,
            item.track,
            item.artist,
            item.genre ?? '',
            item.list_of ?? 'both',
          ]),
          file: 'tonearm-blend',
        }
      }
    >
      <ListenerPicker
        user={other}
        choose={(next) => select({ with: next === user ? '' : next })}
        everyone={false}
        label="Find a second listener"
      />
      {other !== '' &&
        (error instanceof ApiError && error.status === 404 ? (
          <p className="note" role="alert">
            {`Nothing is known of ${other} yet, so there is no blend: choose somebody else.`}
          </p>
        ) : isError ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <Wait />
        ) : (
          <TrackRows items={data.items} more={more} />
        ))}
    </Panel>
  );
}

/** What two listeners share, and so how their songs were chosen. */
function inCommon(user: string, other: string, { shared_artists: artists, items }: Blend): string {
  if (artists.length > 0) return `${user} and ${other} both play ${artists.join(', ')}.`;
  const apart = `${user} and ${other} play no artist in common`;
  if (items.some((item) => item.for_both)) return `${apart}, but the same songs may please both.`;
  const [list, another] = new Set(items.map((item) => item.list_of));
  if (list === undefined) return `${apart}.`;
  if (another === undefined) return `${apart}, and only ${list} has a list yet.`;
  return `${apart}: these are the best of the list of each, by turns.`;
}

function Why({ version, published }: { version: string; published: string | undefined }) {
  const { data } = useQuery({
    queryKey: ['choice', version],
    queryFn: () => ask<{ ways: Choice[] }>('/recommendations/choice'),
  });
  const chosen = data?.ways.find((way) => way.is_chosen);
  return (
    <p className="note">
      {chosen
        ? `How this is chosen: ${chosen.reason}`
        : 'BM25 in SQL; nothing has been compared yet.'}{' '}
      As of {ago(published)}; the address keeps this choice.
    </p>
  );
}
