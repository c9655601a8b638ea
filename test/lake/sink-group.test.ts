import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventTopics, topics } from '../../contracts/index.ts';
import { LocalStore } from '../../src/lake/local-store.ts';
import { SinkGroup } from '../../src/lake/sink-group.ts';
import { temporaryConfig } from './lake-fixture.ts';

const places = eventTopics.flatMap((topic) =>
  Array.from({ length: topics[topic].partitions }, (_, partition) => ({ topic, partition })),
);

async function groups(t: TestContext, ids: string[], running = new Set([1, 2, 3, 4])) {
  const directory = join((await temporaryConfig(t)).dataDirectory, 'lake');
  const store = new LocalStore(directory);
  const members = ids.map(
    (id, index) =>
      new SinkGroup({
        store,
        member: { id, host: index < 3 ? 'here' : 'elsewhere', pid: index + 1 },
        isRunning: (pid) => running.has(pid),
        timeoutMs: 10_000,
      }),
  );
  const beat = async (list = members) => {
    for (const group of list) await group.beat();
  };
  return { members, beat, running, sign: (id: string) => join(directory, '_sinks', `${id}.json`) };
}

const owned = (group: SinkGroup) =>
  places.filter(({ topic, partition }) => group.owns(topic, partition)).length;

test('a sink that is alone has every partition at once', async (t) => {
  const { members, beat } = await groups(t, ['a']);
  await beat();
  assert.equal(owned(members[0]!), places.length);
});

test('sinks share the partitions evenly, and none is two sinks’ own once they have seen each other', async (t) => {
  const { members, beat } = await groups(t, ['a', 'b', 'c']);
  await beat();
  await beat();
  await beat();
  for (const { topic, partition } of places) {
    const owners = members.filter((group) => group.owns(topic, partition));
    assert.equal(owners.length, 1, `${topic}/${partition}`);
  }
  for (const group of members) assert.ok(Math.abs(owned(group) - places.length / 3) <= 1);
});

test('a sink that joins waits one beat for the partitions of another', async (t) => {
  const { members, beat } = await groups(t, ['a', 'b']);
  const [first, second] = members as [SinkGroup, SinkGroup];
  await beat([first]);
  await beat([second]);
  assert.equal(owned(second), 0);
  await beat([first]);
  assert.equal(owned(first), places.length / 2);
  await beat([second]);
  assert.equal(owned(second), places.length / 2);
});

test('who leaves, and whose process has ended, is gone at the next beat', async (t) => {
  const { members, beat, running } = await groups(t, ['a', 'b', 'c']);
  await beat();
  await beat();
  await members[0]!.leave();
  running.delete(2);
  await beat([members[2]!]);
  assert.deepEqual(members[2]!.members, ['c']);
  assert.equal(owned(members[2]!), places.length);
});

test('a sink on another machine is gone when it has been silent for too long', async (t) => {
  const { members, beat, sign } = await groups(t, ['a', 'b', 'c', 'd']);
  await beat();
  await beat([members[0]!]);
  assert.deepEqual(members[0]!.members, ['a', 'b', 'c', 'd']);
  const before = new Date(Date.now() - 11_000);
  await utimes(sign('d'), before, before);
  await beat([members[0]!]);
  assert.deepEqual(members[0]!.members, ['a', 'b', 'c']);
});
