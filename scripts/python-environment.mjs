// Makes a locked Python environment in .venv (of dbt, Airflow, Streamlit, or one that only tests use), once for each change of its lock file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const uvVersion = '0.9.11';
const candidates = ['python3.13', 'python3.12', 'python3.11', 'python3'];

const environment = (name, title, seconds) => {
  const directory = join(root, '.venv', name);
  return {
    title,
    seconds,
    directory,
    python: join(directory, 'bin', 'python'),
    requirements: join(root, `requirements-${name}.txt`),
    stamp: join(directory, '.tonearm-installed'),
  };
};

const environments = {
  dbt: environment('dbt', 'dbt', 20),
  airflow: environment('airflow', 'Airflow', 15),
  schemathesis: environment('schemathesis', 'Schemathesis', 10),
  streamlit: environment('streamlit', 'Streamlit', 10),
  fakesnow: environment('fakesnow', 'the stand-in of Snowflake', 10),
};

/** Path of the Python of dbt's environment. */
export const dbtPython = environments.dbt.python;
/** Path of Schemathesis. */
export const schemathesis = join(environments.schemathesis.directory, 'bin', 'schemathesis');
/** Path of the Python of Airflow's environment. */
export const airflowPython = environments.airflow.python;
/** Path of the Python of Streamlit's environment. */
export const streamlitPython = environments.streamlit.python;
/** Path of the Python of the tests' stand-in for Snowflake. */
export const fakesnowPython = environments.fakesnow.python;

const lockHash = ({ requirements }) =>
  createHash('sha256').update(uvVersion).update(readFileSync(requirements)).digest('hex');

/**
 * Path of DuckDB's extension httpfs in the environment, where it is.
 * @returns {string | undefined}
 */
export function httpfsExtension() {
  const file = 'duckdb_extension_httpfs/extensions/v1.5.5/httpfs.duckdb_extension';
  const libraries = join(environments.dbt.directory, 'lib');
  if (!existsSync(libraries)) return undefined;
  return readdirSync(libraries)
    .map((python) => join(libraries, python, 'site-packages', file))
    .find((path) => existsSync(path));
}

/** True when the environment is there and matches the lock file. */
export function hasPythonEnvironment(name = 'dbt') {
  const wanted = environments[name];
  return (
    existsSync(wanted.stamp) &&
    existsSync(wanted.python) &&
    readFileSync(wanted.stamp, 'utf8') === lockHash(wanted)
  );
}

function findPython() {
  for (const name of candidates) {
    const found = spawnSync(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    const [major, minor] = (found.stdout ?? '').trim().split('.').map(Number);
    if (found.status === 0 && major === 3 && minor >= 11) return name;
  }
  return undefined;
}

/**
 * Makes the environment unless it is there.
 * @param {(line: string) => void} say
 * @param {'dbt' | 'airflow' | 'schemathesis' | 'streamlit' | 'fakesnow'} name
 * @returns {string | undefined} one sentence with a remedy when it can't be made.
 */
export function makePythonEnvironment(say, name = 'dbt') {
  if (hasPythonEnvironment(name)) return undefined;
  const { title, seconds, directory, python, requirements, stamp } = environments[name];
  const system = findPython();
  if (system === undefined) {
    return 'Python 3.11 or newer is missing: install it (on Debian: apt-get install python3 python3-venv), then run this again.';
  }
  say(`Preparing ${title} (a Python environment; once, about ${seconds} seconds) …`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  const steps = [
    [
      system,
      ['-m', 'venv', directory],
      'The venv module of Python does not work: on Debian, apt-get install python3-venv, then run this again.',
    ],
    [
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${uvVersion}`],
      'pip could not install uv: check the network and the disk, then run this again.',
    ],
    [
      join(directory, 'bin', 'uv'),
      ['pip', 'install', '--quiet', '--python', python, '--no-deps', '-r', requirements],
      `uv could not install the packages of ${title}: check the network and the disk, then run this again.`,
    ],
  ];
  for (const [command, args, sentence] of steps) {
    const done = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    if (done.status === 0) continue;
    rmSync(directory, { recursive: true, force: true });
    const detail = (done.stderr ?? '').trim().split('\n').at(-1);
    return detail ? `${sentence} (${detail})` : sentence;
  }
  writeFileSync(stamp, lockHash(environments[name]));
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[2] in environments ? process.argv[2] : 'dbt';
  const problem = makePythonEnvironment((line) => process.stderr.write(`${line}\n`), name);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}
