// Installs the packages of package-lock.json, Node 24 among them. Plain JavaScript: it runs on
// whatever Node the machine has, from version 20 on.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.tonearm-installed');

/** Ends with one sentence: what is wrong, and what to do. */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old. Install Node 20 or newer, then run this again.`);
}

const installed =
  existsSync(join(root, 'node_modules', '.bin', 'node')) &&
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8');

if (!installed) {
  process.stderr.write('Installing packages (once; about 15 seconds) …\n');
  rmSync(stamp, { force: true });
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (npm.error) fail('npm is missing. Install npm, then run this again.');
  if (npm.status !== 0) {
    process.stderr.write(npm.stderr);
    fail(
      'npm could not install the packages. Check the network and the disk, then run this again.',
    );
  }
  const node = join(root, 'node_modules', '.bin', 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (!version.stdout?.startsWith('v24.')) {
    fail(
      'Node 24 was not installed: npm left out its install script. Run npm rebuild node, then this again.',
    );
  }
  copyFileSync(lock, stamp);
}
