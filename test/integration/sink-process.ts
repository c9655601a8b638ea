import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

/** `tonearm sink` in a process of its own. */
export class SinkProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly #config: Config;
  #said = '';

  constructor(config: Config, settings: Record<string, string>) {
    this.#config = config;
    this.child = spawn(process.execPath, [cli, 'sink'], {
      env: { ...process.env, ...settings, TONEARM_DATA: config.dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
    this.exited = once(this.child, 'exit');
  }

  /** What it said so far. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when its staging folder shows that it is at work, or when it has ended. */
  async atWork(): Promise<void> {
    while (this.child.exitCode === null && this.child.signalCode === null) {
      const folders = await readdir(this.#config.stagingDirectory).catch(() => []);
      if (folders.some((folder) => folder.startsWith(`sink-${this.child.pid}-`))) return;
      await delay(2);
    }
  }

  /** Resolves when it has stored rows, or when it has ended. */
  async hasStored(): Promise<void> {
    while (this.child.exitCode === null && this.child.signalCode === null) {
      if (/stored [1-9]/.test(this.#said)) return;
      await delay(2);
    }
  }

  /** SIGKILL; throws when the process had ended before by itself. */
  async kill(): Promise<void> {
    const ended = this.child.exitCode;
    this.child.kill('SIGKILL');
    await this.exited;
    if (ended !== null) throw new Error(`the sink ended by itself (${ended}):\n${this.#said}`);
  }
}
