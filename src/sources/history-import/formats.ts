import { lastfmTracks, readLastfmRow } from './lastfm.ts';
import { readListenBrainzRow } from './listenbrainz.ts';
import { isRow, type ReadRow, type Row } from './play.ts';
import { readAccountRow } from './spotify-account.ts';
import { readExtendedRow, readVideoRow } from './spotify-extended.ts';
import type { ListenKind } from './told-listens.ts';

/** A kind of file in an export that holds listening. */
export interface ExportFormat {
  readonly name: string;
  readonly kind: ListenKind;
  /** What a listen is worth when two tell of it: files of a lower rank are read first and win. */
  readonly rank: number;
  /** Names of files, matched against the path. */
  readonly paths: RegExp;
  /** True for a row that no other format has. */
  recognises(row: Row): boolean;
  read(row: Row): ReadRow;
  /** Documents one after the other are as good as an array of rows. */
  readonly sequences?: true;
  /** Rows in a value, where they are not the value itself. */
  rows?(value: unknown): readonly unknown[];
}

const none = () => false;

/** In the order in which names are tried. */
export const formats: readonly ExportFormat[] = [
  {
    name: 'extended_video',
    kind: 'extended',
    rank: 0,
    paths: /(^|\/)Streaming_History_Video[^/]*\.json$/i,
    recognises: none,
    read: readVideoRow,
  },
  {
    name: 'extended',
    kind: 'extended',
    rank: 0,
    paths: /(^|\/)(endsong|Streaming_History_Audio)[^/]*\.json$/i,
    recognises: (row) => 'ts' in row && 'ms_played' in row,
    read: readExtendedRow,
  },
  {
    name: 'account_podcast',
    kind: 'account',
    rank: 1,
    paths: /(^|\/)StreamingHistory_podcast[^/]*\.json$/i,
    recognises: none,
    read: () => 'podcast',
  },
  {
    name: 'account_audiobook',
    kind: 'account',
    rank: 1,
    paths: /(^|\/)StreamingHistory_audiobook[^/]*\.json$/i,
    recognises: none,
    read: () => 'audiobook',
  },
  {
    name: 'account',
    kind: 'account',
    rank: 1,
    paths: /(^|\/)StreamingHistory[^/]*\.json$/i,
    recognises: (row) => 'endTime' in row && 'msPlayed' in row,
    read: readAccountRow,
  },
  {
    name: 'listenbrainz',
    kind: 'listenbrainz_export',
    rank: 2,
    paths:
      /(^|\/)listens\/\d{4}\/\d{1,2}\.jsonl$|(^|\/)listens\.jsonl$|_lb-\d{4}-\d{2}-\d{2}\.json$/i,
    recognises: (row) => 'track_metadata' in row && 'listened_at' in row,
    read: readListenBrainzRow,
    sequences: true,
  },
  {
    name: 'lastfm',
    kind: 'lastfm_export',
    rank: 3,
    paths: /(^|\/)(recenttracks|scrobbles|lastfm)[^/]*\.(json|csv)$/i,
    recognises: (row) => 'artist' in row && ('name' in row || 'track' in row),
    read: readLastfmRow,
    sequences: true,
    rows: lastfmTracks,
  },
];

/** The format of a file by its name. */
export function formatByPath(path: string): ExportFormat | undefined {
  return formats.find(({ paths }) => paths.test(path));
}

/** The format of a file that the user named, by its first row. */
export function formatByContent(value: unknown): ExportFormat | undefined {
  return formats.find(({ recognises, rows }) => {
    const row = rows === undefined ? value : rows(value)[0];
    return isRow(row) && recognises(row);
  });
}
