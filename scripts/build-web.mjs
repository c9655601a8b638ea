// Builds the web app into dashboards/web/dist, once for each change of its sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const web = join(root, 'dashboards', 'web');
const stamp = join(web, 'dist', '.built');

function sourceHash() {
  const hash = createHash('sha256');
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (entry.name === 'dist' || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else hash.update(path).update(readFileSync(path));
    }
  };
  walk(web);
  return hash.digest('hex');
}

/** True when the built app is there and newer than its sources. */
export const hasWebBuild = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash();

/**
 * Builds the app unless that is done.
 * @param {(line: string) => void} say
 * @returns {string | undefined} one sentence when it fails.
 */
export function buildWeb(say) {
  if (hasWebBuild()) return undefined;
  say('Building the web app (once; a few seconds) …');
  const done = spawnSync(
    join(root, 'node_modules', '.bin', 'node'),
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: web, encoding: 'utf8' },
  );
  if (done.status !== 0)
    return `The web app could not be built: ${(done.stderr || done.stdout || '').trim()}`;
  writeFileSync(stamp, sourceHash());
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = buildWeb((line) => process.stderr.write(`${line}\n`));
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}
