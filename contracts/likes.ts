import { z } from 'zod';
import { optionalFields, requiredFields } from './event.ts';

/** A track was liked, or a like was taken back. */
export const likes = z
  .looseObject({
    ...requiredFields,
    liked: z.boolean().describe('True for a like, false when it is taken back.'),
    ...optionalFields,
  })
  .meta({ id: 'likes', title: 'A like or its withdrawal' });
