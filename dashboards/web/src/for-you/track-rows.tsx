import type { RecommendedTrack, TrackName } from '../api.ts';

type Row = TrackName & Partial<RecommendedTrack> & { for_both?: boolean; list_of?: string | null };

/** Tracks with the reason why they are there; with `more`, each can be chosen. */
export function TrackRows({
  items,
  more,
  chosen,
}: {
  items: readonly Row[];
  more?: (id: string) => void;
  chosen?: string;
}) {
  if (items.length === 0) return <p className="note">Nothing to show.</p>;
  return (
    <ol className="tracks">
      {items.map((item) => (
        <li key={item.track_id}>
          <span className="what">
            <strong>{item.track}</strong>
            <span>
              {item.artist}
              {item.genre ? ` · ${item.genre}` : ''}
            </span>
            <span className="why">{reason(item)}</span>
          </span>
          {more && (
            <button
              type="button"
              className="quiet"
              aria-pressed={item.track_id === chosen}
              aria-label={`More like it: ${item.track}`}
              onClick={() => more(item.track_id)}
            >
              More like it
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

export function reason({ because, source, for_both: forBoth, list_of: listOf }: Row): string {
  if (forBoth !== undefined) return forBoth ? 'On the lists of both' : `On the list of ${listOf}`;
  if (because !== undefined && because.length > 0) {
    return `Because you play ${because.map((one) => one.track).join(' and ')}`;
  }
  return source === 'popular' ? 'Popular with others' : '';
}
