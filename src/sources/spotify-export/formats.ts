import { type ExportDocument, unreadable } from './documents.ts';
import { type ReadRow, readAccountRow, readExtendedRow } from './rows.ts';

type Row = Record<string, unknown>;

/** A kind of file in an export that holds listening. */
export interface ExportFormat {
  readonly name: 'account' | 'account_podcast' | 'extended' | 'extended_video';
  read(row: Row): ReadRow;
}

const formats: readonly (ExportFormat & { readonly fileNames: RegExp })[] = [
  {
    name: 'account_podcast',
    fileNames: /^StreamingHistory_podcast_\d+\.json$/i,
    read: () => 'podcast',
  },
  {
    name: 'account',
    fileNames: /^StreamingHistory(_music_)?\d+\.json$/i,
    read: readAccountRow,
  },
  {
    name: 'extended_video',
    fileNames: /^Streaming_History_Video_.*\.json$/i,
    // Music videos and podcasts share these files; a row that is no podcast was watched.
    read(row) {
      const read = readExtendedRow(row);
      return typeof read === 'string' ? read : 'video';
    },
  },
  {
    name: 'extended',
    fileNames:
      /^(endsong_\d+|Streaming_History_Audio_.*|endsong.*|Streaming_History_Audio.*)\.json$/i,
    read: readExtendedRow,
  },
];

/** The format of a file by its name, or by its first row when the user named it. */
export function formatByName(document: ExportDocument): ExportFormat | undefined {
  return formats.find(({ fileNames }) => fileNames.test(document.fileName));
}

function formatByContent(row: Row): ExportFormat | undefined {
  if ('endTime' in row && 'msPlayed' in row) return formats.find(({ name }) => name === 'account');
  if ('ts' in row && 'ms_played' in row) return formats.find(({ name }) => name === 'extended');
  return undefined;
}

export interface ParsedDocument {
  readonly format: ExportFormat;
  readonly rows: readonly unknown[];
}

/**
 * Parses a file of an export; undefined when it is one that holds no listening.
 * @throws TonearmError TNA_IMPORT_UNREADABLE naming file and place.
 */
export async function parseDocument(document: ExportDocument): Promise<ParsedDocument | undefined> {
  const known = formatByName(document);
  if (known === undefined && !document.named) return undefined;
  const bytes = await document.read().catch((error) => {
    throw unreadable(document.name, `it cannot be read (${error.message})`, error);
  });
  const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: false }).decode(bytes);
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw unreadable(document.name, `it is not JSON: ${place(text, error as Error)}`, error);
  }
  const first = Array.isArray(rows) ? rows[0] : undefined;
  const isObject = typeof first === 'object' && first !== null;
  const format = known ?? (isObject ? formatByContent(first as Row) : undefined);
  if (!Array.isArray(rows) || format === undefined) {
    throw unreadable(
      document.name,
      'it is not a file of listening history; expected are StreamingHistory*.json, endsong_*.json or Streaming_History_Audio_*.json',
    );
  }
  return { format, rows };
}

/** Where the JSON breaks off, as row and byte. */
function place(text: string, error: Error): string {
  const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
  const row = (text.slice(0, position).match(/\}\s*,/g) ?? []).length + 1;
  return `it breaks off in row ${row}, at byte ${Buffer.byteLength(text.slice(0, position))}`;
}
