import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TonearmError } from '../errors.ts';
import {
  freePorts,
  prepareStreamlit,
  streamlitProgram,
  untilStreamlitAnswers,
} from '../services/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tonearm streamlit`: the analyst's dashboard until it is stopped. */
export async function streamlit(
  context: CommandContext,
  options: { port: number },
): Promise<CommandResult> {
  const { config, say, signal } = context;
  prepareStreamlit(say);
  const port = options.port === 0 ? (await freePorts(1))[0]! : options.port;
  const { program, args, env } = streamlitProgram(config, port, config.dataDirectory);
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-4000);
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = once(child, 'exit');
  const waiting = new AbortController();
  const isUp = untilStreamlitAnswers(port, AbortSignal.any([signal, waiting.signal])).then(
    () => say(`Open http://127.0.0.1:${port}`),
    () => undefined,
  );
  const [code] = await ended;
  waiting.abort();
  await isUp;
  signal.removeEventListener('abort', stop);
  if (!signal.aborted) {
    throw new TonearmError(
      'TNA_SERVICE_START_FAILED',
      `Streamlit ended with exit code ${code}: ${printed.trim().split('\n').at(-1) ?? ''}.`,
      { remedy: 'Another program may have taken its port: choose one with --port.' },
    );
  }
  return { result: { url: `http://127.0.0.1:${port}` } };
}
