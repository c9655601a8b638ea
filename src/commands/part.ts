import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
const graceMs = 15_000;

/** A process of its own that runs one command as long as `up` does. */
export class Part {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly ended: Promise<number>;
  #stopping = false;

  /** @param onLine called with each line that it prints. */
  constructor(name: string, args: readonly string[], onLine: (line: string) => void) {
    this.name = name;
    this.#child = spawn(process.execPath, [cli, ...args, '--attached'], {
      // Its standard input stays open as long as we live; when it closes, the part ends.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines) onLine(line);
      });
    }
    this.#child.stdin!.on('error', () => undefined);
    this.ended = once(this.#child, 'exit').then(([code]) => (code as number | null) ?? 1);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Asks it to end, and ends it when it does not within 15 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}
