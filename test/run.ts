/**
 * Runs the tests: `npm test [-- path…]`. The last line is `N passed, N failed`, with `, N skipped`
 * where tests could not run. With CI=true a test that could not run has failed.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { prepareMachine } from './setup/prepare-machine.ts';

const root = join(import.meta.dirname, '..');
const slowFolders = ['integration', 'e2e'];
const fileTimeoutMs = 15 * 60_000;

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unitOnly = process.argv.includes('--unit');
const soakOnly = process.argv.includes('--soak');
const strict = process.env.CI === 'true';

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .sort();
}

function chosen(path: string): boolean {
  const folder = relative(join(root, 'test'), path).split('/')[0]!;
  if (words.length > 0) return words.some((word) => relative(root, path).includes(word));
  if (soakOnly) return folder === 'soak';
  if (unitOnly) return folder !== 'soak' && !slowFolders.includes(folder);
  return folder !== 'soak';
}

const files = testFiles(join(root, 'test')).filter(chosen);
const slow = files.filter((file) => slowFolders.some((name) => file.includes(`/test/${name}/`)));
const quick = files.filter((file) => !slow.includes(file));
// Each file is a process of its own, and so are the commands that it starts: compiled modules are kept.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled');
if (slow.length > 0) await prepareMachine((line) => console.log(line));

let passed = 0;
let skipped = 0;
const failures: string[] = [];

function runFiles(paths: string[], concurrency: number): Promise<void> {
  return new Promise((resolve) => {
    const stream = run({ files: paths, concurrency, timeout: fileTimeoutMs, cwd: root });
    stream.on('test:pass', (event) => {
      const isFile = event.file === event.name || statIsFile(event.name);
      if (event.details.type === 'suite' || isFile) return;
      if (event.skip !== undefined || event.todo !== undefined) {
        skipped += 1;
        console.log(
          `SKIPPED ${event.name}: ${event.skip === true ? 'no reason given' : event.skip}`,
        );
        return;
      }
      passed += 1;
      console.log(
        `${'  '.repeat(event.nesting)}ok ${event.name} (${Math.round(event.details.duration_ms)} ms)`,
      );
    });
    stream.on('test:fail', (event) => {
      const cause = (event.details.error.cause ?? event.details.error) as Error & {
        failureType?: string;
      };
      const onlyBelow =
        (event.details.error as { failureType?: string }).failureType === 'subtestsFailed';
      if (onlyBelow) return;
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      failures.push(`${event.name}\n  in ${relative(root, event.file ?? '')}\n${text}`);
      console.log(`${'  '.repeat(event.nesting)}FAILED ${event.name}`);
    });
    stream.on('test:stderr', (event) => process.stderr.write(event.message));
    stream.on('end', resolve);
    stream.resume();
  });
}

function statIsFile(name: string): boolean {
  return name.endsWith('.test.ts') && statSync(name, { throwIfNoEntry: false }) !== undefined;
}

await runFiles(quick, 2);
await runFiles(slow, 1);

for (const failure of failures) console.log(`\nFAILED ${failure}`);
const failed = failures.length + (strict ? skipped : 0);
if (files.length === 0) console.log('No test matches.');
console.log(
  `${passed} passed, ${failed} failed${!strict && skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(failed > 0 || files.length === 0 ? 1 : 0);
