import { TonearmError } from '../errors.ts';
import {
  type RunningService,
  type ServiceName,
  serviceNames,
  servicesOf,
} from '../services/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

type Verb = 'up' | 'down' | 'status';
const verbs: readonly string[] = ['up', 'down', 'status'] satisfies Verb[];

interface ServiceState {
  readonly name: ServiceName;
  readonly running: boolean;
  readonly port?: number;
  readonly pid?: number;
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
}

/** What `up` starts when nothing is named: Airflow takes a gigabyte and runs the pipeline, so it is asked for by name; so is Streamlit. */
const usual: readonly ServiceName[] = ['kafka', 's3'];

/** `tonearm services up|down|status [kafka|s3|airflow|streamlit]`: real parts on loopback, without Docker. */
export async function services(
  context: CommandContext,
  _options: unknown,
  [verb = '', only]: string[],
): Promise<CommandResult> {
  if (!verbs.includes(verb)) {
    throw new TonearmError('TNA_USAGE', `"${verb}" is nothing that services can do.`, {
      remedy: 'Use up, down or status.',
    });
  }
  if (only !== undefined && !(serviceNames as readonly string[]).includes(only)) {
    throw new TonearmError('TNA_USAGE', `There is no service "${only}".`, {
      remedy: `Use ${serviceNames.join(' or ')}, or leave it out.`,
    });
  }
  const local = servicesOf(context.config);
  const states: ServiceState[] = [];
  const env: Record<string, string> = {};
  for (const name of serviceNames) {
    if (only !== undefined && only !== name) continue;
    if (only === undefined && verb === 'up' && !usual.includes(name)) continue;
    if (verb === 'down') {
      const stopped = await local[name].stop();
      context.say(stopped ? `Stopped ${name}.` : `${name} was not running.`);
      states.push({ name, running: false });
      continue;
    }
    const service =
      verb === 'up'
        ? await local[name].start({ say: context.say, signal: context.signal })
        : await local[name].find();
    states.push(stateOf(name, service));
    Object.assign(env, service?.env);
  }
  // Airflow and Streamlit are nothing that must run, unless they are asked about.
  const missing = states.some(
    ({ name, running }) => !running && (only !== undefined || usual.includes(name)),
  );
  const lines = states.flatMap((state) =>
    state.running
      ? [
          `${state.name.padEnd(9)} runs on 127.0.0.1:${state.port}, process ${state.pid}`,
          ...(state.url === undefined ? [] : [`          ${state.url}`]),
          ...(state.user === undefined
            ? []
            : [`          user ${state.user}, password ${state.password}`]),
        ]
      : [`${state.name.padEnd(9)} does not run`],
  );
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  if (exports.length > 0) lines.push('Settings to use them:', ...exports);
  return {
    result: { services: states, env },
    text: verb === 'down' ? undefined : lines.join('\n'),
    exitCode: verb === 'status' && missing ? 1 : 0,
  };
}

function stateOf(name: ServiceName, service: RunningService | undefined): ServiceState {
  if (service === undefined) return { name, running: false };
  const { port, pid, url, user, password } = service;
  return { name, running: true, port, pid, url, user, password };
}
