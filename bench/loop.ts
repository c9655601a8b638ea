/** From events to gold through the commands: `node bench/loop.ts`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, row } from './measure.ts';

const cli = join(import.meta.dirname, '../src/cli.ts');
const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));

async function step(...args: string[]): Promise<number> {
  const { value, wall } = await measure(() =>
    spawnSync(process.execPath, [cli, ...args, '--json'], {
      encoding: 'utf8',
      env: { ...process.env, TONEARM_DATA: data },
    }),
  );
  if (value.status !== 0) throw new Error(`${args.join(' ')}: ${value.stderr}`);
  row(args.slice(0, 2).join(' '), `${wall.toFixed(1)} s`);
  return wall;
}

let total = await step('simulate', '--events', '10000');
total += await step('sink', '--until-idle');
total += await step('run');
total += await step('query', 'select sum(plays) from gold.daily_listening_stats');
row('10,000 events, simulated to visible in gold', `${total.toFixed(1)} s`);

const real = join(import.meta.dirname, '../../shared/data/history-account/teach_a');
if (existsSync(real)) {
  const imported = (await step('import', real, '--user', 'ana')) + (await step('run'));
  row('38,403 rows of account data, imported to gold', `${imported.toFixed(1)} s`);
}
await rm(data, { recursive: true, force: true });
