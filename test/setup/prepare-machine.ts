import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const chromiumPath = '/usr/bin/chromium';

/** Installs what slow tests need and the machine lacks, where it can; says what to run where it can't. */
export async function prepareMachine(say: (line: string) => void): Promise<void> {
  const { makePythonEnvironment } = await import('../../scripts/python-environment.mjs');
  const problem = makePythonEnvironment(say);
  if (problem !== undefined) say(`Tests of the warehouse will be skipped. ${problem}`);
  const missing = makePythonEnvironment(say, 'schemathesis');
  if (missing !== undefined) say(`The test of the API's document will be skipped. ${missing}`);
  const without = makePythonEnvironment(say, 'fakesnow');
  if (without !== undefined) say(`Tests of Snowflake will be skipped. ${without}`);
  if (existsSync(chromiumPath)) return;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    say('Installing Chromium for the browser tests …');
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!existsSync(chromiumPath)) {
    say('Browser tests will be skipped: install Chromium with sudo apt-get install chromium.');
  }
}
