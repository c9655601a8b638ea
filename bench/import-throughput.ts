/**
 * Extended history → embedded log: `node bench/import-throughput.ts [rows]`. Beside it what the machine needs
 * for the same bytes with nothing but `JSON.parse`, file by file.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../src/log/index.ts';
import { importHistory } from '../src/sources/history-import/index.ts';
import { measure, row } from './measure.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
/** Spotify's own files hold 12 to 16 thousand rows. */
const rowsInFile = 16_000;
const [, , , writeInto] = process.argv;
if (writeInto !== undefined) {
  await writeHistory(writeInto);
  process.exit();
}
const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const exported = join(directory, 'export');
try {
  // A process of its own: the memory of making the rows is not the import's.
  spawnSync(process.execPath, [import.meta.filename, String(rows), exported], { stdio: 'inherit' });
  const files = readdirSync(exported).map((name) => join(exported, name));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(
    `${rows.toLocaleString('en')} rows in ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB`,
  );
  row('', 'CPU-s', 'wall s', 'rows / s');
  const log = await openLog(
    { kind: 'file', directory: join(directory, 'log') },
    { clock: Date.now },
  );
  const producer = await log.producer();
  let reports = 0;
  const atRest = process.memoryUsage().rss;
  const peaks = { firstTenth: atRest, all: atRest };
  const imported = await measure(async () => {
    const result = await importHistory({
      paths: [exported],
      user: 'bench',
      producer,
      stagingDirectory: directory,
      onProgress: (progress) => {
        // Asking costs a tenth of a millisecond.
        reports += 1;
        if (reports % 32 !== 1) return;
        const rss = process.memoryUsage.rss();
        peaks.all = Math.max(peaks.all, rss);
        if (progress.step === 'read' && progress.rows < rows / 10) peaks.firstTenth = peaks.all;
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
async function writeHistory(folder: string): Promise<void> {
  await mkdir(folder);
  for (let first = 0; first < rows; first += rowsInFile) {
    const some = [];
    for (let at = first; at < Math.min(first + rowsInFile, rows); at += 1)
      some.push(historyRow(at));
    const file = join(folder, `Streaming_History_Audio_${first / rowsInFile}.json`);
    await writeFile(file, JSON.stringify(some, null, 2));
  }
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
