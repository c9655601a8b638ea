import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hasWebBuild } from '../../scripts/build-web.mjs';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { TonearmError } from '../errors.ts';
import { openLake, openReader, openStore, proveAtomic } from '../lake/index.ts';
import { openLog } from '../log/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly remedy?: string;
}

const leastFreeBytes = 1024 ** 3;

/** `tonearm doctor`: checks the set-up; each finding comes with its remedy. */
export async function doctor(context: CommandContext): Promise<CommandResult> {
  const findings = [
    await node(),
    await check('log', () => tryLog(context)),
    await check('lake', () => tryLake(context)),
    await disk(context.config.dataDirectory),
    await port(context.config.host, context.config.port),
    hasPythonEnvironment()
      ? ok('dbt', 'the Python environment is in place')
      : warn(
          'dbt',
          'the Python environment is not there yet',
          'The first ./tonearm run or up makes it.',
        ),
    hasWebBuild()
      ? ok('web app', 'built')
      : warn('web app', 'not built yet', 'The first ./tonearm serve or up builds it.'),
  ];
  const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };
  const text = findings
    .map(
      (one) =>
        `${marks[one.status]}  ${one.check.padEnd(9)} ${one.detail}${one.remedy ? `. ${one.remedy}` : ''}`,
    )
    .join('\n');
  const isWell = findings.every((one) => one.status !== 'fail');
  return { result: { ok: isWell, findings }, text, exitCode: isWell ? 0 : 1 };
}

const ok = (name: string, detail: string): Finding => ({ check: name, status: 'ok', detail });
const warn = (name: string, detail: string, remedy: string): Finding => ({
  check: name,
  status: 'warn',
  detail,
  remedy,
});

async function check(name: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return ok(name, await work());
  } catch (error) {
    return {
      check: name,
      status: 'fail',
      detail: (error instanceof Error ? error.message : String(error)).replace(/\.$/, ''),
      remedy: error instanceof TonearmError ? error.remedy : undefined,
    };
  }
}

async function node(): Promise<Finding> {
  return process.versions.node.startsWith('24.')
    ? ok('node', `v${process.versions.node}`)
    : warn('node', `v${process.versions.node}`, 'Start with ./tonearm, which brings Node 24.');
}

async function tryLog({ config, clock }: CommandContext): Promise<string> {
  const log = await openLog(config.log, { clock });
  try {
    const offsets = await log.offsets();
    const records = offsets.reduce((sum, one) => sum + one.latest - one.earliest, 0);
    return `${records.toLocaleString('en')} records in ${offsets.length} partitions`;
  } finally {
    await log.close();
  }
}

/** Proves the store, opens every table and looks for files that the log names and the store lacks. */
async function tryLake({ config, clock }: CommandContext): Promise<string> {
  await proveAtomic(await openStore(config.lake));
  const lake = await openLake(config, clock);
  const live = lake.files().filter((file) => file.live);
  const stored = new Set<string>();
  for (const { name } of Object.values(lake.tables)) {
    for await (const { key } of lake.store.list(name)) stored.add(lake.store.location(key));
  }
  const missing = live.find((file) => !stored.has(file.path));
  if (missing !== undefined) {
    throw new TonearmError('TNA_LAKE_FILE_MISSING', `${missing.path} is missing.`, {
      remedy: 'Restore it from a backup.',
    });
  }
  (await openReader(lake.store)).close();
  return `${live.length} files at ${lake.store.location('')}, put-if-absent honoured`;
}

async function disk(directory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(directory).catch(() => ({ bavail: 0, bsize: 0 }));
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free`;
  return free > leastFreeBytes
    ? ok('disk', detail)
    : warn('disk', detail, 'Free some space, or move the data with TONEARM_DATA.');
}

function port(host: string, number: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () =>
      resolve(
        warn(
          'port',
          `${number} is in use`,
          'That is fine when Tonearm itself is up; otherwise choose another with TONEARM_PORT.',
        ),
      ),
    );
    server.listen(number, host, () => server.close(() => resolve(ok('port', `${number} is free`))));
  });
}
