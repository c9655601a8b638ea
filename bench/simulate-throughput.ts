/** CPU-seconds to simulate 1M events as NDJSON, whole process: `node bench/simulate-throughput.ts`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, row } from './measure.ts';

const events = 1_000_000;
const cli = join(import.meta.dirname, '../src/cli.ts');
const out = join(tmpdir(), `tonearm-bench-${process.pid}.ndjson`);

const time = (file: string) => {
  const args = [cli, 'simulate', '--events', String(events), '--users', '5000', '--out', file];
  const done = spawnSync(
    'bash',
    [
      '-c',
      'times=$(TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1); echo $times',
      'bash',
      process.execPath,
      ...args,
    ],
    { encoding: 'utf8' },
  );
  return done.stdout
    .trim()
    .split(' ')
    .reduce((sum, part) => sum + Number(part), 0);
};

const written = time(out);
const thrown = time('/dev/null');
const bytes = statSync(out).size;
const content = readFileSync(out);
const copy = await measure(() => {
  const file = openSync(`${out}.copy`, 'w');
  for (let at = 0; at < content.length; at += 4 << 20)
    writeSync(file, content, at, Math.min(4 << 20, content.length - at));
  closeSync(file);
});
rmSync(out);
rmSync(`${out}.copy`);
console.log(
  `${events.toLocaleString('en')} events, ${(bytes / 1e6).toFixed(0)} MB, ${execFileSync('uname', ['-m']).toString().trim()}`,
);
row('', 'CPU-s');
row('simulate, whole process, to a file', written.toFixed(2));
row('simulate, whole process, to /dev/null', thrown.toFixed(2));
row('limit: writing the same bytes to a file', copy.cpu.toFixed(2));
