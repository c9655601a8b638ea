import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const plugins = join(import.meta.dirname, '../../airflow/plugins');
const skip = spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is missing';

/** Python that runs a shell script in place of ./tonearm, and prints what became of it. */
async function process_(t: TestContext, script: string, python: string) {
  const folder = await mkdtemp(join(tmpdir(), 'tonearm-process-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'program');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const code = `import json, pathlib, sys, threading
from tonearm_process import TonearmProcess
lines = []
process = TonearmProcess(["step", "ingest"], pathlib.Path(${JSON.stringify(program)}))
${python}`;
  return spawn('python3', ['-B', '-c', code], {
    env: {
      ...process.env,
      PYTHONPATH: plugins,
      TONEARM_DATA: '/somewhere',
      AIRFLOW__CORE__FERNET_KEY: 'secret',
      AIRFLOW_CONN_WAREHOUSE: 'secret',
      FOLDER: folder,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const printed = async (child: ReturnType<typeof spawn>): Promise<string> => {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return text.trim();
};

const report = `ended = process.wait(lines.append)
print(json.dumps({"code": ended.code, "result": ended.result, "lines": lines}))`;

test('the last line is the result, stderr the log, and the exit code is kept', {
  skip,
}, async (t) => {
  const child = await process_(
    t,
    'echo "first $*" >&2; echo noise; echo \'{"rows": 3}\'; exit 75',
    report,
  );
  assert.deepEqual(JSON.parse(await printed(child)), {
    code: 75,
    result: { rows: 3 },
    lines: ['first step ingest --json --attached'],
  });
});

test("Airflow's keys and connections are not handed on", { skip }, async (t) => {
  const child = await process_(t, 'env >&2', report);
  const { lines } = JSON.parse(await printed(child));
  assert.deepEqual(
    lines.filter((line: string) => /^(AIRFLOW|FOLDER|PYTHONPATH)/.test(line)),
    [],
  );
  assert.ok(lines.includes('TONEARM_DATA=/somewhere'));
});

test('a stop reaches the command as SIGTERM, which may end in order', { skip }, async (t) => {
  const child = await process_(
    t,
    'trap "echo stopped >&2; exit 75" TERM; echo ready >&2; while :; do sleep 0.05; done',
    `threading.Thread(target=lambda: ([None for _ in iter(lambda: "ready" in lines, True)], process.stop())).start()
${report}`,
  );
  const { code, lines } = JSON.parse(await printed(child));
  assert.deepEqual([code, lines], [75, ['ready', 'stopped']]);
});

test('a command does not outlive a task that was killed', { skip }, async (t) => {
  const child = await process_(
    t,
    'echo $$ >&2; cat >/dev/null',
    'process.wait(lambda line: print(line, flush=True))',
  );
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const pid = Number(String(line).trim());
  child.kill('SIGKILL');
  const lives = () => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  while (lives()) await delay(20);
  assert.equal(lives(), false);
});
