import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { topics } from '../../../contracts/index.ts';
import type { Producer } from '../../../src/log/index.ts';
import { importHistory } from '../../../src/sources/history-import/index.ts';

/** An event that an import has sent. */
export interface Sent {
  topic: 'plays' | 'skips';
  event: Record<string, unknown>;
  text: string;
}

/** A producer that keeps what it is given. */
export function recorder(): { sent: Sent[]; producer: Producer } {
  const sent: Sent[] = [];
  return {
    sent,
    producer: {
      send(topic, record) {
        const text = String(record.value);
        sent.push({ topic: topic as 'plays', text, event: JSON.parse(text) });
      },
      flush: async () => undefined,
      close: async () => undefined,
    },
  };
}

/** A folder with files, removed after the test. */
export async function folder(t: TestContext, files: Record<string, string | Buffer>) {
  const path = await mkdtemp(join(tmpdir(), 'tonearm-import-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

/** Imports, and checks every event against its contract. */
export async function run(
  path: string | string[],
  user = 'ana',
  options: { withoutPrivate?: boolean } = {},
) {
  const { sent, producer } = recorder();
  const result = await importHistory({
    paths: [path].flat(),
    user,
    producer,
    stagingDirectory: tmpdir(),
    ...options,
  });
  for (const { topic, event } of sent) topics[topic].schema.parse(event);
  return { sent, result };
}

/** A row of account data. */
export const account = (changes: object = {}) => ({
  endTime: '2024-02-29 23:59',
  artistName: 'Björk',
  trackName: 'Jóga',
  msPlayed: 200_000,
  ...changes,
});

/** A row of extended history. */
export const extended = (changes: object = {}) => ({
  ts: '2021-03-04T05:06:07Z',
  username: 'secret-user-name',
  platform: 'Android OS 11 API 30 (samsung, SM-G973F)',
  ms_played: 180_000,
  conn_country: 'SE',
  ip_addr_decrypted: '203.0.113.77',
  user_agent_decrypted: 'secret-agent',
  master_metadata_track_name: 'Hyperballad',
  master_metadata_album_artist_name: 'Björk',
  master_metadata_album_album_name: 'Post',
  spotify_track_uri: 'spotify:track:0000000000000000000001',
  episode_name: null,
  spotify_episode_uri: null,
  reason_start: 'clickrow',
  reason_end: 'trackdone',
  shuffle: false,
  skipped: null,
  offline: false,
  offline_timestamp: 0,
  incognito_mode: false,
  ...changes,
});
