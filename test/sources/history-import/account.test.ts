import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountRow } from '../../../src/sources/history-import/spotify-account.ts';
import { account, folder, run } from './import-fixture.ts';

test('equal rows on both sides of the end of a file are plays of their own', async (t) => {
  const rows = Array.from({ length: 10_000 }, (_, index) => {
    const endTime = new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString();
    return account({ endTime: endTime.slice(0, 16).replace('T', ' ') });
  });
  const last = rows.at(-1)!;
  const path = await folder(t, {
    'StreamingHistory_music_0.json': JSON.stringify(rows),
    'StreamingHistory_music_1.json': JSON.stringify([last, last]),
  });
  const { result, sent } = await run(path);
  assert.deepEqual([result.read, result.imported, result.left_out], [10_002, 10_002, {}]);
  assert.equal(new Set(sent.map(({ event }) => event.event_id)).size, 10_002);
});

test('names are all there is: the same artist and track have the same id, and no others have it', () => {
  const idOf = (changes: object) => {
    const read = readAccountRow(account(changes));
    assert.ok(typeof read === 'object');
    return read.trackId;
  };
  const id = idOf({});
  assert.match(id, /^tonearm:track:[0-9a-f]{22}$/);
  assert.equal(idOf({ endTime: '2024-03-01 00:00', msPlayed: 7 }), id);
  assert.notEqual(idOf({ trackName: 'Hunter' }), id);
  assert.notEqual(idOf({ artistName: 'Jóga', trackName: 'Björk' }), id);
});

test('the minute of an end is UTC, whatever the time zone of the machine', (t) => {
  const zone = process.env.TZ;
  t.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  for (const other of ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata']) {
    process.env.TZ = other;
    // Clocks in Berlin jumped from 02:00 to 03:00 on that day.
    const read = readAccountRow(account({ endTime: '2024-03-31 02:30', msPlayed: 60_000 }));
    assert.ok(typeof read === 'object');
    assert.equal(new Date(read.startedAt).toISOString(), '2024-03-31T02:29:00.000Z', other);
  }
});
