import { z } from 'zod';
import { durationMs, optionalFields, requiredFields } from './event.ts';

/** Playback began: the now-playing signal. Kept in the log for hours, never in the lake. */
export const starts = z
  .looseObject({
    ...requiredFields,
    duration: durationMs('Length of the track in milliseconds.').optional(),
    ...optionalFields,
  })
  .meta({ id: 'starts', title: 'Playback began' });
