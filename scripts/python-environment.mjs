// Makes the locked Python environment of dbt in .venv/dbt, once for each change of its lock file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const uvVersion = '0.9.11';
const candidates = ['python3.13', 'python3.12', 'python3.11', 'python3'];

/** Path of the environment's Python. */
export const dbtPython = join(root, '.venv', 'dbt', 'bin', 'python');

const requirements = join(root, 'requirements-dbt.txt');
const environment = join(root, '.venv', 'dbt');
const stamp = join(environment, '.tonearm-installed');

const lockHash = () =>
  createHash('sha256').update(uvVersion).update(readFileSync(requirements)).digest('hex');

/**
 * Path of DuckDB's extension httpfs in the environment, where it is.
 * @returns {string | undefined}
 */
export function httpfsExtension() {
  const file = 'duckdb_extension_httpfs/extensions/v1.5.5/httpfs.duckdb_extension';
  const libraries = join(environment, 'lib');
  if (!existsSync(libraries)) return undefined;
  return readdirSync(libraries)
    .map((python) => join(libraries, python, 'site-packages', file))
    .find((path) => existsSync(path));
}

/** True when the environment is there and matches the lock file. */
export function hasPythonEnvironment() {
  return existsSync(stamp) && existsSync(dbtPython) && readFileSync(stamp, 'utf8') === lockHash();
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
 * @returns {string | undefined} one sentence with a remedy when it can't be made.
 */
export function makePythonEnvironment(say) {
  if (hasPythonEnvironment()) return undefined;
  const python = findPython();
  if (python === undefined) {
    return 'Python 3.11 or newer is missing: install it (on Debian: apt-get install python3 python3-venv), then run this again.';
  }
  say('Preparing dbt (a Python environment; once, about 20 seconds) …');
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(dirname(environment), { recursive: true });
  const steps = [
    [
      python,
      ['-m', 'venv', environment],
      'The venv module of Python does not work: on Debian, apt-get install python3-venv, then run this again.',
    ],
    [
      dbtPython,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${uvVersion}`],
      'pip could not install uv: check the network and the disk, then run this again.',
    ],
    [
      join(environment, 'bin', 'uv'),
      ['pip', 'install', '--quiet', '--python', dbtPython, '--no-deps', '-r', requirements],
      'uv could not install the packages of dbt: check the network and the disk, then run this again.',
    ],
  ];
  for (const [command, args, sentence] of steps) {
    const done = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    if (done.status === 0) continue;
    rmSync(environment, { recursive: true, force: true });
    const detail = (done.stderr ?? '').trim().split('\n').at(-1);
    return detail ? `${sentence} (${detail})` : sentence;
  }
  writeFileSync(stamp, lockHash());
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = makePythonEnvironment((line) => process.stderr.write(`${line}\n`));
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}
