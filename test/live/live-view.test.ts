import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { eventTopics, type TopicName } from '../../contracts/index.ts';
import { LiveView, liveGroup } from '../../src/live/index.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';
import { newId, noon, playEvent, startEvent } from './listening-events.ts';

const minute = 60_000;

let directory: string;
let log: EventLog;
let now = noon;
const open: LiveView[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tonearm-live-'));
  now = noon;
  log = await openLog({ kind: 'file', directory }, { clock: () => now });
});

afterEach(async () => {
  for (const view of open.splice(0)) await view.close();
  await log.close();
  await rm(directory, { recursive: true });
});

async function append(...events: [TopicName, { user_id: string }, at?: number][]): Promise<void> {
  const producer = await log.producer();
  for (const [topic, event, timestamp = now] of events) {
    await producer.send(topic, { key: event.user_id, value: JSON.stringify(event), timestamp });
  }
  await producer.close();
}

function startView(of: EventLog = log): LiveView {
  const view = new LiveView({ log: of, clock: () => now });
  open.push(view);
  view.start();
  return view;
}

/** Waits until a condition holds after a change of the view. */
function until(view: LiveView, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) return resolve();
    const stop = view.onChange(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

describe('the live view', () => {
  test('rebuilds from the log at start and then follows it', async () => {
    const first = startEvent();
    await append(['starts', first]);
    const view = startView();
    await until(view, () => view.status().state === 'live');
    assert.equal(view.snapshot().listeners_playing, 1);
    await append(
      ['starts', startEvent({ user_id: 'bo' })],
      ['plays', playEvent({ ...first, event_id: newId() })],
    );
    await until(view, () => view.status().counted === 3);
    const snapshot = view.snapshot();
    assert.deepEqual(
      snapshot.now_playing.map(({ user_id }) => user_id),
      ['bo'],
    );
    assert.equal(snapshot.behind_records, 0);
    assert.equal(snapshot.newest_record_at, new Date(noon).toISOString());
  });

  test('commits its offsets as a consumer group, so that its lag is seen from outside', async () => {
    const events = Array.from({ length: 5 }, () => startEvent());
    await append(...events.map((event): [TopicName, { user_id: string }] => ['starts', event]));
    const view = startView();
    await until(view, () => view.status().counted === 5);
    await view.close();
    const committed = await log.committedOffsets(liveGroup);
    assert.equal(
      committed
        .filter(({ topic }) => topic === 'starts')
        .reduce((sum, { nextOffset }) => sum + nextOffset, 0),
      5,
    );
    assert.equal(committed.length, (await log.offsets(eventTopics)).length);
  });

  test('an offset that cannot be committed does not stop the view', async () => {
    const deaf = new Proxy(log, {
      get: (target, name) =>
        name === 'commitOffsets'
          ? () => Promise.reject(new Error('no'))
          : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)),
    });
    const view = startView(deaf);
    await until(view, () => view.status().state === 'live');
    await append(['starts', startEvent()]);
    await until(view, () => view.status().counted === 1);
    assert.equal(view.status().state, 'live');
  });

  test('a rebuilt view equals the one that followed all along', async () => {
    const followed = startView();
    await until(followed, () => followed.status().state === 'live');
    let expected = 0;
    for (let ago = 100; ago >= 0; ago -= 5) {
      now = noon - ago * minute;
      const start = startEvent({
        at: now,
        user_id: `user-${ago % 15}`,
        track_id: `track-${ago % 4}`,
      });
      await append(['starts', start]);
      if (ago % 2 === 0) await append(['plays', playEvent({ ...start, event_id: start.play_id })]);
      expected += ago % 2 === 0 ? 2 : 1;
      await until(followed, () => followed.status().counted === expected);
    }
    const rebuilt = startView();
    await until(rebuilt, () => rebuilt.status().state === 'live');
    assert.ok(rebuilt.status().counted < expected);
    const [one, other] = [followed.snapshot(), rebuilt.snapshot()];
    assert.deepEqual({ ...other, lag_ms: 0 }, { ...one, lag_ms: 0 });
  });

  test('says when the log cannot be read, and goes on once it can', async () => {
    let broken = true;
    const flaky: EventLog = Object.create(log, {
      offsets: {
        value: (...topics: []) =>
          broken ? Promise.reject(new Error('disk on fire')) : log.offsets(...topics),
      },
      fetch: { value: log.fetch.bind(log) },
      offsetForTimestamp: { value: log.offsetForTimestamp.bind(log) },
      waitForAppend: { value: log.waitForAppend.bind(log) },
    });
    await append(['starts', startEvent()]);
    const view = startView(flaky);
    await until(view, () => view.status().state === 'retrying');
    assert.equal(view.status().lastError, 'disk on fire');
    broken = false;
    await until(view, () => view.status().state === 'live');
    assert.equal(view.snapshot().listeners_playing, 1);
    assert.equal(view.status().lastError, undefined);
  });

  test('playbacks that are over leave without an event', async () => {
    await append(['starts', startEvent()]);
    const view = startView();
    await until(view, () => view.status().state === 'live');
    now += 300_000;
    await until(view, () => view.snapshot().listeners_playing === 0);
  });
});
