import { z } from 'zod';
import { durationMs, optionalFields, requiredFields } from './event.ts';

/** A finished listen, skipped or not. */
export const plays = z
  .looseObject({
    ...requiredFields,
    duration: durationMs('How long it was listened to, in milliseconds.'),
    skipped: z.boolean().describe('The listener ended it before its end.'),
    ...optionalFields,
  })
  .meta({ id: 'plays', title: 'A finished listen' });
