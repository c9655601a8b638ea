/** Events of the Web API. Their ids follow from the account and the listening: telling twice changes nothing. */
import { nameHash, uuidOfHash } from '../history-import/event-ids.ts';
import type {
  EndedPlayback,
  HeardTrack,
  Like,
  OutgoingEvent,
  Playback,
  RecentItem,
} from './account-state.ts';

const source = 'spotify_api';
const id = (...parts: (string | number)[]) => uuidOfHash(nameHash([source, ...parts].join('\n')));

type Followed = Playback | EndedPlayback;

/** A listen's id: the same while it goes on, after its end, and after a restart. */
const followedPlayId = (user: string, { track, startedAt }: Followed) =>
  id('play_id', user, track.uri, startedAt);

export function startEvent(user: string, playback: Playback): OutgoingEvent {
  const { track, startedAt } = playback;
  return event('starts', {
    event_id: id('starts', user, track.uri, startedAt),
    ...followedFields(user, playback),
    duration: track.durationMs,
  });
}

/** The play of a listen that was followed to its end, and its skip. */
export function endedEvents(user: string, ended: EndedPlayback): OutgoingEvent[] {
  const { track, startedAt, skipped } = ended;
  const fields = {
    ...followedFields(user, ended),
    // Where the end was not seen, the list of recent plays has told of it: as a whole listen.
    duration: ended.reason === 'unknown' ? (track.durationMs ?? ended.heardMs) : ended.heardMs,
    skipped,
    reason_end: ended.reason === 'unknown' ? undefined : ended.reason,
  };
  const play = event('plays', { event_id: id('plays', user, track.uri, startedAt), ...fields });
  if (!skipped) return [play];
  return [play, event('skips', { event_id: id('skips', user, track.uri, startedAt), ...fields })];
}

/** A play that only the list of recent plays tells of: nobody saw how much of it was heard. */
export function listedEvent(user: string, item: RecentItem, startedAt: number): OutgoingEvent {
  const { track, playedAt } = item;
  return event('plays', {
    event_id: id('plays', 'listed', user, track.uri, playedAt),
    play_id: id('play_id', 'listed', user, track.uri, playedAt),
    ...trackFields(user, track),
    timestamp: new Date(startedAt).toISOString(),
    // Thirty seconds bring a play onto the list: without a length nothing more is claimed.
    duration: track.durationMs ?? 30_000,
    skipped: false,
    device: 'unknown',
  });
}

/** @param during the listen in which the like was made, if it was followed. */
export function likeEvent(
  user: string,
  { track, addedAt }: Like,
  during?: Followed,
): OutgoingEvent {
  const eventId = id('likes', user, track.uri, addedAt);
  return event('likes', {
    event_id: eventId,
    play_id:
      during === undefined ? id('like_id', user, track.uri, addedAt) : followedPlayId(user, during),
    ...trackFields(user, track),
    timestamp: new Date(addedAt).toISOString(),
    liked: true,
    device: 'unknown',
  });
}

/** A like that is gone. Spotify does not say since when: it counts from when that was seen. */
export function unlikeEvent(user: string, { track, addedAt }: Like, seenAt: number): OutgoingEvent {
  return event('likes', {
    event_id: id('likes', 'taken back', user, track.uri, addedAt),
    play_id: id('like_id', user, track.uri, addedAt),
    ...trackFields(user, track),
    timestamp: new Date(seenAt).toISOString(),
    liked: false,
    device: 'unknown',
  });
}

function followedFields(user: string, followed: Followed) {
  return {
    play_id: followedPlayId(user, followed),
    ...trackFields(user, followed.track),
    timestamp: new Date(followed.startedAt).toISOString(),
    device: followed.device,
    shuffle: followed.shuffle,
    private: followed.private || undefined,
  };
}

const trackFields = (user: string, track: HeardTrack) => ({
  user_id: user,
  track_id: track.uri,
  track: track.name,
  artist: track.artist,
  album: track.album,
  track_duration: track.durationMs,
  source,
});

const event = (topic: OutgoingEvent['topic'], fields: Record<string, unknown>): OutgoingEvent => ({
  topic,
  value: JSON.stringify(fields),
});
