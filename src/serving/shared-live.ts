import type { LiveSnapshot } from '../live/index.ts';

/**
 * The live view for somebody who sees shared views alone: of single listeners what they play themselves, of tracks, artists, devices
 * and countries those with enough listeners. Where fewer than that play, no count tells of them.
 */
export function sharedLive(
  snapshot: LiveSnapshot,
  own: LiveSnapshot['now_playing'][number] | undefined,
  smallestGroup: number,
): LiveSnapshot {
  const enough = ({ listeners }: { listeners: number }) => listeners >= smallestGroup;
  const shown = snapshot.listeners_playing - snapshot.private_listeners;
  const isSmall = shown < smallestGroup;
  return {
    ...snapshot,
    // Whoever is in a private session is in no shared view.
    listeners_playing: isSmall ? 0 : shown,
    private_listeners: 0,
    now_playing: own === undefined ? [] : [own],
    top_tracks: snapshot.top_tracks.filter(enough),
    top_artists: snapshot.top_artists.filter(enough),
    trending: snapshot.trending.filter(enough),
    devices: snapshot.devices.filter(enough),
    countries: snapshot.countries.filter(enough),
    ...(isSmall && {
      per_minute: snapshot.per_minute.map(({ minute }) => ({
        minute,
        starts: 0,
        plays: 0,
        skips: 0,
        likes: 0,
      })),
      rates: { events_per_second: 0, plays_per_minute: 0 },
      skip_rate: null,
      imported_recently: 0,
    }),
  };
}
