import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface WellKnownSong {
  readonly name: string;
  readonly album: string;
  readonly year: number;
}

export interface WellKnownArtist {
  readonly name: string;
  readonly genre: string;
  /** Oldest first. */
  readonly songs: readonly WellKnownSong[];
}

/** The artists and songs of `well-known-songs.txt`; the file's first line states its format. */
export function wellKnownArtists(): WellKnownArtist[] {
  const text = readFileSync(join(import.meta.dirname, 'well-known-songs.txt'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, genre, ...albums] = line.split(' | ');
      return { name: name!, genre: genre!, songs: albums.flatMap(songsOfAlbum) };
    });
}

function songsOfAlbum(text: string): WellKnownSong[] {
  const [heading, songs] = text.split(' => ');
  const year = Number(heading!.slice(0, 4));
  const album = heading!.slice(5);
  return songs!.split('; ').map((name) => ({ name, album, year }));
}
