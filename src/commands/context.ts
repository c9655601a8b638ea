import { type Config, parseConfig } from '../config.ts';
import { type EventLog, openLog } from '../log/index.ts';

/** What every command works with. Made once by the command line, passed inwards. */
export interface CommandContext {
  readonly config: Config;
  readonly clock: () => number;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly json: boolean;
  /** One line for a person. Goes to stderr under --json, so that stdout stays the result's. */
  say(line: string): void;
  /** A line that replaces itself on a terminal; left out elsewhere. */
  progress(line: string): void;
}

/** What a command ends with. */
export interface CommandResult {
  /** Printed as the last line of stdout under --json. */
  readonly result: unknown;
  /** Printed otherwise. */
  readonly text?: string;
  /** 0 done, 75 try again, 99 nothing to do, 1 failed for good. */
  readonly exitCode?: 0 | 1 | 75 | 99;
}

export function createContext(options: { json: boolean; signal: AbortSignal }): CommandContext {
  const terminal = process.stderr.isTTY && !options.json;
  let drawn = false;
  const clear = () => {
    if (drawn) process.stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
    config: parseConfig(process.env, process.cwd()),
    clock: Date.now,
    signal: options.signal,
    json: options.json,
    say(line) {
      clear();
      (options.json ? process.stderr : process.stdout).write(`${line}\n`);
    },
    progress(line) {
      if (!terminal) return;
      process.stderr.write(`\r\u001b[K${line}`);
      drawn = true;
    },
  };
}

/** Opens the log for one piece of work and closes it afterwards. */
export async function withLog<T>(
  context: CommandContext,
  work: (log: EventLog) => Promise<T>,
): Promise<T> {
  const log = await openLog(context.config.log, { clock: context.clock });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
