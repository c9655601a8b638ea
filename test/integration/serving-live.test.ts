import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LiveSnapshot } from '../../src/live/index.ts';
import { startFixture } from '../serving/server-fixture.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The first snapshot of the live stream that meets a condition. */
async function firstSnapshot(
  signal: AbortSignal,
  url: string,
  holds: (live: LiveSnapshot) => boolean,
): Promise<LiveSnapshot> {
  const response = await fetch(`${url}/api/live/stream`, { signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data === undefined) continue;
      const live = JSON.parse(data) as LiveSnapshot;
      if (holds(live)) return live;
    }
  }
  throw new Error('The stream ended before the snapshot came.');
}

test('what another process appends to the log appears on the live stream', async () => {
  const fixture = await startFixture(undefined, { clock: Date.now });
  const simulator = spawn(process.execPath, [cli, 'simulate', '--live', '--rate', '200'], {
    env: { ...process.env, TONEARM_DATA: fixture.config.dataDirectory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new AbortController();
  simulator.once('exit', (code) => gone.abort(new Error(`The simulator ended with code ${code}.`)));
  try {
    const live = await firstSnapshot(
      gone.signal,
      fixture.server.url,
      // Top tracks are counted once a second: the first listeners may be seen before them.
      ({ now_playing: playing, per_minute: minutes, top_tracks: top }: Partial<LiveSnapshot>) =>
        playing?.length === 40 &&
        top!.length > 0 &&
        minutes!.some(({ plays, skips }) => plays > 0 && skips > 0),
    );
    assert.equal(live.invalid, 0);
    assert.ok(live.listeners_playing >= 40);
    assert.ok(live.devices.length > 0);
  } finally {
    if (simulator.kill('SIGTERM')) await once(simulator, 'exit');
    await fixture.close();
  }
});

test('closing the server ends open streams at once', async () => {
  const fixture = await startFixture();
  const response = await fetch(`${fixture.server.url}/api/live/stream`);
  const reader = response.body!.getReader();
  await reader.read();
  await fixture.close();
  let done = false;
  while (!done) ({ done } = await reader.read());
  await assert.rejects(fetch(fixture.server.url));
});
