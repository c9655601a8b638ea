/**
 * What is being listened to at this moment. `live-view.ts` follows the log with a reader of
 * its own, `merged-reader.ts` puts the partitions back in order of receipt, and
 * `listening-state.ts` holds the windows that the snapshot is made of.
 */
export { LiveView, type LiveViewOptions, type LiveViewStatus, liveGroup } from './live-view.ts';
export { type LiveSnapshot, liveSnapshot } from './snapshot.ts';
