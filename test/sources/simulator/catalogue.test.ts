import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { TonearmError } from '../../../src/errors.ts';
import { defaultCatalogue } from '../../../src/sources/simulator/catalogue/default-catalogue.ts';
import { wellKnownArtists } from '../../../src/sources/simulator/catalogue/well-known-songs.ts';
import { readCatalogue, simulateHistory } from '../../../src/sources/simulator/index.ts';
import { collect } from './collected-records.ts';

const heading =
  'track_id,track_name,track_artist,track_popularity,track_album_name,track_album_release_date,playlist_genre,duration_ms';
const rows = [
  'a1,"Song, One",Ann,10,First,2001-02-03,pop,180000',
  'b2,Song Two,Bo,90,Second,2002-02,rock,200000',
  'a1,"Song, One",Ann,10,First,2001-02-03,latin,180000',
  'n0,NA,NA,0,NA,2012-01-05,rap,282707',
  'c3,Song Three,Cé,50,Third,1999,rap,4000',
];

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tonearm-catalogue-'));
});
after(() => rm(directory, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof TonearmError &&
  error.code === 'TNA_SIMULATOR_CATALOGUE' &&
  pattern.test(error.message);

test('a catalogue file is read, most popular first, once a track, unnamed rows left out', async () => {
  const text = [heading, ...rows].join('\n');
  const tracks = await readCatalogue(await file('songs.csv', text));
  assert.deepEqual(
    tracks.map(({ id, name, genre }) => [id, name, genre]),
    [
      ['spotify:track:b2', 'Song Two', 'rock'],
      ['spotify:track:c3', 'Song Three', 'rap'],
      ['spotify:track:a1', 'Song, One', 'pop'],
    ],
  );
  const day = (date: string) => Date.parse(date) / 86_400_000;
  assert.deepEqual(
    tracks.map(({ releaseDay }) => releaseDay),
    [day('2002-02-01'), day('1999-01-01'), day('2001-02-03')],
  );
  assert.deepEqual(await readCatalogue(await file('songs.csv.gz', gzipSync(text))), tracks);
});

test('a missing column is named together with the file', async () => {
  const path = await file('short.csv', 'track_id,track_name\na,b\n');
  await assert.rejects(readCatalogue(path), refused(/short\.csv has no column track_artist\./));
});

test('a value that cannot be used is named with row and column', async () => {
  const length = await file('length.csv', `${heading}\na,b,c,1,d,2001,pop,long\n`);
  await assert.rejects(readCatalogue(length), refused(/length\.csv, row 2: duration_ms is "long"/));
  const date = await file('date.csv', `${heading}\na,b,c,1,d,spring,pop,1000\n`);
  await assert.rejects(readCatalogue(date), refused(/row 2: track_album_release_date is "spring"/));
});

test('what is no catalogue at all is refused', async () => {
  await assert.rejects(readCatalogue(join(directory, 'none.csv')), refused(/cannot be read/));
  await assert.rejects(readCatalogue(await file('empty.csv', '')), refused(/holds no track/));
  await assert.rejects(
    readCatalogue(await file('odd.csv', `${heading}\n"a`)),
    refused(/not a CSV/),
  );
});

test('the default catalogue begins with known songs, and a smaller one is its beginning', () => {
  const small = defaultCatalogue(300);
  const large = defaultCatalogue(6000);
  assert.equal(large.length, 6000);
  assert.deepEqual(large.slice(0, 300), small);
  const known = new Set(wellKnownArtists().map((artist) => artist.name));
  assert.ok(known.size >= 250);
  assert.ok(small.every((track) => known.has(track.artist)));
  assert.equal(new Set(large.map((track) => track.id)).size, 6000);
  assert.ok(large.every((track) => /^spotify:track:[0-9A-Za-z]{22}$/.test(track.id)));
});

test('only tracks that were out on the day are played where there are any', async () => {
  const { records, output } = collect();
  const from = Date.UTC(1990, 0, 1);
  await simulateHistory({ seed: 2, users: 20, tracks: 3000, events: 4000, from }, output);
  const released = new Map(defaultCatalogue(3000).map((track) => [track.id, track.releaseDay]));
  const early = records.filter((record) => {
    const event = JSON.parse(record.text);
    return released.get(event.track_id)! > Date.parse(event.timestamp) / 86_400_000;
  });
  assert.ok(early.length < records.length * 0.03, `${early.length} of ${records.length}`);
});

const shared = join(import.meta.dirname, '../../../../shared/data/catalogue/spotify_songs.csv.gz');
test('the real file is read whole', {
  skip: existsSync(shared) ? false : '../shared/data is not here',
}, async () => {
  const tracks = await readCatalogue(shared);
  assert.equal(tracks.length, 28_352);
  const { records, output } = collect();
  await simulateHistory(
    { seed: 1, users: 5, tracks: 30_000, catalogue: tracks, events: 200 },
    output,
  );
  assert.equal(records.length, 200);
});
