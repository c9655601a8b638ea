/**
 * Extended history → embedded log: `node bench/import-throughput.ts [rows]`. Beside it what the machine needs
 * for the same bytes with nothing but `JSON.parse`, file by file.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { openLog } from '../src/log/index.ts';
import { importHistory } from '../src/sources/history-import/index.ts';
import { measure, row } from './measure.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
/** Spotify's own files hold 12 to 16 thousand rows. */
const rowsInFile = 16_000;
const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
try {
  const { files, bytes } = await writeHistory();
  console.log(
    `${rows.toLocaleString('en')} rows in ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB`,
  );
  row('', 'CPU-s', 'wall s', 'rows / s');
  const log = await openLog(
    { kind: 'file', directory: join(directory, 'log') },
    { clock: Date.now },
  );
  const producer = await log.producer();
  let sendingSince = 0;
  const atRest = process.memoryUsage().rss;
  const peaks = { firstTenth: atRest, all: atRest };
  const imported = await measure(async () => {
    const result = await importHistory({
      paths: [join(directory, 'export')],
      user: 'bench',
      producer,
      stagingDirectory: directory,
      onProgress: (progress) => {
        const rss = process.memoryUsage.rss();
        peaks.all = Math.max(peaks.all, rss);
        if (progress.step === 'read' && progress.rows < rows / 10) peaks.firstTenth = peaks.all;
        if (progress.step === 'send' && sendingSince === 0) sendingSince = performance.now();
      },
    });
    await producer.close();
    return result;
  });
  await log.close();
  tell('import to the log', imported);
  const parsed = await measure(() => {
    for (const file of files) JSON.parse(readFileSync(file, 'utf8'));
  });
  tell('limit: JSON.parse of the same files', parsed);
  console.log(
    `import / JSON.parse = ${(imported.cpu / parsed.cpu).toFixed(2)}; ${JSON.stringify(imported.value.produced)}, left out ${JSON.stringify(imported.value.left_out)}`,
  );
  const megabytes = (value: number) => `${(value / 1048576).toFixed(0)} MB`;
  console.log(
    `RSS ${megabytes(atRest)} before, at most ${megabytes(peaks.firstTenth)} in the first tenth, ${megabytes(peaks.all)} in all`,
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

function tell(name: string, { cpu, wall }: { cpu: number; wall: number }): void {
  row(name, cpu.toFixed(2), wall.toFixed(2), Math.round(rows / wall).toLocaleString('en'));
}

/** Made-up rows with the keys, the indent and the sizes of Spotify's files; every third is skipped. */
async function writeHistory(): Promise<{ files: string[]; bytes: number }> {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(directory, 'export'));
  const files: string[] = [];
  let bytes = 0;
  for (let first = 0; first < rows; first += rowsInFile) {
    const file = join(directory, 'export', `Streaming_History_Audio_${files.length}.json`);
    const out = createWriteStream(file);
    const some = [];
    for (let at = first; at < Math.min(first + rowsInFile, rows); at += 1)
      some.push(historyRow(at));
    const text = JSON.stringify(some, null, 2);
    bytes += Buffer.byteLength(text);
    out.end(text);
    await finished(out);
    files.push(file);
  }
  return { files, bytes };
}

function historyRow(at: number): object {
  const track = (at * 7919) % 20_000;
  const skipped = at % 3 === 0;
  return {
    ts: `${new Date(Date.UTC(2012, 0, 1) + at * 211_000).toISOString().slice(0, 19)}Z`,
    platform: ['ios', 'Android OS 11 API 30 (samsung, SM-G973F)', 'windows'][at % 3],
    ms_played: skipped ? 4000 + (at % 20_000) : 180_000 + (at % 60_000),
    conn_country: 'SE',
    ip_addr: `203.0.113.${at % 256}`,
    master_metadata_track_name:
      track % 10 === 0 ? `Ночь № ${track}` : `Track number ${track}, a título`,
    master_metadata_album_artist_name: `Artist ${track % 3000}`,
    master_metadata_album_album_name: `Album ${track % 9000} of that artist`,
    spotify_track_uri: `spotify:track:${String(track).padStart(22, '0')}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    audiobook_title: null,
    audiobook_uri: null,
    audiobook_chapter_uri: null,
    audiobook_chapter_title: null,
    reason_start: skipped ? 'fwdbtn' : 'trackdone',
    reason_end: skipped ? 'fwdbtn' : 'trackdone',
    shuffle: at % 2 === 0,
    skipped,
    offline: false,
    offline_timestamp: 1_325_376_000 + at * 211,
    incognito_mode: false,
  };
}
