import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeDirectory } from '../disk-errors.ts';
import type { Lake } from '../lake/index.ts';
import type { EventLog } from '../log/index.ts';
import type { ErasureJob, OwnData } from '../serving/index.ts';
import { openAccounts } from '../sources/spotify-api/index.ts';
import { writeTakeout } from '../takeout/index.ts';
import type { CommandContext } from './context.ts';
import { takeoutName } from './takeout.ts';

const cli = join(import.meta.dirname, '../cli.ts');
const jobsKept = 100;

/** A listener's own data for the API. An erasure is a command of its own: the server goes on answering. */
export function ownData(
  { config, clock }: Pick<CommandContext, 'config' | 'clock'>,
  { log, lake }: { log: EventLog; lake: Lake },
): OwnData {
  const jobs = new Map<string, ErasureJob>();
  const note = (user: string, job: ErasureJob): ErasureJob => {
    jobs.delete(user);
    jobs.set(user, job);
    for (const oldest of [...jobs.keys()].slice(0, Math.max(0, jobs.size - jobsKept)))
      jobs.delete(oldest);
    return job;
  };
  return {
    async takeout(user) {
      makeDirectory(config.stagingDirectory);
      const path = join(config.stagingDirectory, `takeout-${process.pid}-${randomUUID()}.zip`);
      const accounts = openAccounts(config);
      const now = clock();
      const files = await writeTakeout({ config, log, lake, accounts, user, now }, path);
      return files === undefined ? undefined : { path, name: takeoutName(user, now) };
    },
    erase(user) {
      const known = jobs.get(user);
      if (known?.state === 'running') return known;
      const begun: ErasureJob = {
        state: 'running',
        started_at: new Date(clock()).toISOString(),
        finished_at: null,
        message: null,
        proof: [],
        log_bytes_until: null,
      };
      void runForget(user).then((end) =>
        note(user, { ...begun, ...end, finished_at: new Date(clock()).toISOString() }),
      );
      return note(user, begun);
    },
    erasure: (user) => jobs.get(user),
  };
}

interface Told {
  readonly clean?: boolean;
  readonly proof?: ErasureJob['proof'];
  readonly log_bytes_until?: string | null;
  readonly error?: { readonly message: string };
}

async function runForget(
  user: string,
): Promise<Pick<ErasureJob, 'state' | 'message' | 'proof' | 'log_bytes_until'>> {
  const child = spawn(process.execPath, [cli, 'forget', '--yes', '--json', '--', user], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text = `${text}${piece}`.slice(-1_000_000);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(1));
  });
  let told: Told = {};
  try {
    told = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Told;
  } catch {
    // It said nothing: the exit code is all there is.
  }
  const state = code === 0 ? 'done' : 'failed';
  const messages = {
    0: null,
    99: 'Nothing is known of this listener here.',
  } as Record<number, string | null>;
  return {
    state: code === 99 ? 'done' : state,
    message:
      told.error?.message ??
      messages[code ?? 1] ??
      (state === 'done' ? null : 'Not everything could be erased. Ask for it again.'),
    proof: (told.proof ?? []).map(({ store, files, bytes, rows, hits }) => ({
      store,
      files,
      bytes,
      rows,
      hits,
    })),
    log_bytes_until: told.log_bytes_until ?? null,
  };
}
