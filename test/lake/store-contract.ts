import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { proveAtomic } from '../../src/lake/prove-atomic.ts';
import type { Store } from '../../src/lake/store.ts';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

async function keys(store: Store, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(folder)) found.push(key);
  return found.sort();
}

/** A folder for files on their way in or out. */
async function workFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tonearm-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * What every store must do; each adapter runs it.
 * @param largeBytes size of a file that the adapter uploads in parts, if it does so.
 */
export function describeStore(
  name: string,
  open: (t: TestContext) => Promise<Store>,
  options: { largeBytes: number; skip?: string | false } = { largeBytes: 1 << 20 },
): void {
  const { skip = false, largeBytes } = options;

  test(`${name}: what was put is there, and putting again replaces it`, { skip }, async (t) => {
    const store = await open(t);
    assert.equal(await store.get('table/a'), undefined);
    await store.put('table/a', Buffer.from('one'));
    assert.equal(text(await store.get('table/a')), 'one');
    await store.put('table/a', Buffer.from('two'));
    assert.equal(text(await store.get('table/a')), 'two');
    await store.put('table/empty', new Uint8Array());
    assert.equal(text(await store.get('table/empty')), '');
  });

  test(`${name}: put-if-absent writes once and leaves what is there`, { skip }, async (t) => {
    const store = await open(t);
    assert.equal(await store.putIfAbsent('log/0.json', Buffer.from('first')), true);
    assert.equal(await store.putIfAbsent('log/0.json', Buffer.from('second')), false);
    assert.equal(await store.putIfAbsent('log/0.json', Buffer.from('first')), false);
    assert.equal(text(await store.get('log/0.json')), 'first');
    await store.delete('log/0.json');
    assert.equal(await store.putIfAbsent('log/0.json', Buffer.from('third')), true);
    assert.equal(text(await store.get('log/0.json')), 'third');
  });

  test(`${name}: of 16 writers of one key one wins, and its bytes are there`, {
    skip,
  }, async (t) => {
    const store = await open(t);
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, writer) =>
          store.putIfAbsent(`race/${round}`, Buffer.from(String(writer))),
        ),
      );
      assert.equal(outcomes.filter(Boolean).length, 1, `round ${round}`);
      assert.equal(text(await store.get(`race/${round}`)), String(outcomes.indexOf(true)));
    }
    await proveAtomic(store);
    assert.deepEqual(await keys(store, '_probe'), []);
  });

  test(`${name}: a file is moved in whole, small or large, unless its key exists`, {
    skip,
  }, async (t) => {
    const store = await open(t);
    const folder = await workFolder(t);
    for (const bytes of [0, 10, largeBytes]) {
      const local = join(folder, `file-${bytes}`);
      const content = Buffer.alloc(bytes, `content ${bytes} `);
      const key = `plays/year=2025/month=11/part-${bytes}.parquet`;
      await writeFile(local, content);
      assert.equal(await store.uploadIfAbsent(key, local), true);
      await assert.rejects(stat(local), { code: 'ENOENT' });
      assert.ok(content.equals((await store.get(key))!));
      await writeFile(local, 'another');
      assert.equal(await store.uploadIfAbsent(key, local), false);
      assert.equal(await readFile(local, 'utf8'), 'another');
      const other = Buffer.alloc(bytes + 1, 'y');
      await writeFile(local, other);
      assert.equal(await store.uploadIfAbsent(key, local), false);
      assert.ok(content.equals((await store.get(key))!));
      assert.ok(content.equals(await readFile((await store.localCopy(key, folder))!)));
    }
    assert.equal(await store.localCopy('plays/none', folder), undefined);
  });

  test(`${name}: of 8 large files moved to one key at once one wins`, { skip }, async (t) => {
    const store = await open(t);
    const folder = await workFolder(t);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        const local = join(folder, `file-${writer}`);
        await writeFile(local, Buffer.alloc(largeBytes, String(writer)));
        return await store.uploadIfAbsent('plays/hour/data.parquet', local);
      }),
    );
    assert.equal(outcomes.filter(Boolean).length, 1);
    const stored = (await store.get('plays/hour/data.parquet'))!;
    assert.ok(Buffer.alloc(largeBytes, String(outcomes.indexOf(true))).equals(stored));
  });

  test(`${name}: a list has every object below a folder and no other`, { skip }, async (t) => {
    const store = await open(t);
    assert.deepEqual(await keys(store, 'plays'), []);
    const before = Date.now();
    const made = Array.from({ length: 30 }, (_, index) => `plays/hour=${index % 3}/part-${index}`);
    await Promise.all(made.map((key) => store.put(key, Buffer.from('12345'))));
    await store.put('plays_of_others/x', Buffer.from('1'));
    assert.deepEqual(await keys(store, 'plays'), [...made].sort());
    assert.deepEqual(await keys(store, 'plays/'), [...made].sort());
    for await (const found of store.list('plays/hour=1')) {
      assert.equal(found.bytes, 5);
      assert.ok(Math.abs(found.modifiedAt - before) < 60_000, String(found.modifiedAt));
    }
  });

  test(`${name}: what was deleted is gone, and deleting nothing is fine`, { skip }, async (t) => {
    const store = await open(t);
    await store.put('plays/x', Buffer.from('1'));
    await store.delete('plays/x');
    await store.delete('plays/x');
    assert.equal(await store.get('plays/x'), undefined);
    assert.deepEqual(await keys(store, 'plays'), []);
  });
}
