import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { v5 } from 'uuid';
import {
  importNamespace,
  nameHash,
  uuidOfHash,
} from '../../../src/sources/history-import/event-ids.ts';

test('ids are UUIDs v5, the same as the uuid package makes', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ minLength: 3000, maxLength: 6000 }),
  );
  fc.assert(
    fc.property(name, (text) => {
      assert.equal(uuidOfHash(nameHash(text)), v5(text, importNamespace));
    }),
  );
});
