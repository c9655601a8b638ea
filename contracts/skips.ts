import { z } from 'zod';
import { durationMs, optionalFields, requiredFields } from './event.ts';

/** The moment of skipping; shares `play_id` with the play that it ended. */
export const skips = z
  .looseObject({
    ...requiredFields,
    duration: durationMs('How long it was listened to before the skip, in milliseconds.'),
    skipped: z.literal(true).describe('Always true.'),
    ...optionalFields,
  })
  .meta({ id: 'skips', title: 'The moment of skipping' });
