import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const version = '5.16.0';

/**
 * Prism's program, installed once for this user of the machine: it brings hundreds of packages that nothing else
 * here needs. @returns its path.
 */
export async function installPrism(cache: string): Promise<string> {
  const folder = join(cache, `prism-${version}`);
  const program = join(folder, 'node_modules/@stoplight/prism-cli/dist/index.js');
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  // Two tests may install at once: whole, or not at all.
  const beside = mkdtempSync(join(cache, 'prism-'));
  writeFileSync(join(beside, 'package.json'), '{"private": true}');
  const done = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@stoplight/prism-cli@${version}`],
    { cwd: beside, encoding: 'utf8', timeout: 300_000 },
  );
  if (done.status !== 0) throw new Error(`Prism could not be installed:\n${done.stderr}`);
  try {
    renameSync(beside, folder);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
