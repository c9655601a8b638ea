import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AccessStore } from '../../src/access/index.ts';
import { parseConfig } from '../../src/config.ts';
import { openAccounts } from '../../src/sources/spotify-api/index.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const patienceMs = 180_000;

/** Texts that nobody may ever see again. */
const secrets = {
  kafka: 'planted-kafka-4f1c9a',
  kafkaInAddress: 'planted-kafka-address-77ab',
  registry: 'planted-registry-a01b',
  s3: 'planted-s3-secret-9e2d',
  s3Session: 'planted-s3-session-3bb0',
  webhook: 'planted-webhook-51ce',
  mail: 'planted-smtp-8d7f',
  spotifyAccess: 'planted-spotify-access-c3',
  spotifyRefresh: 'planted-spotify-refresh-d4',
  spotifyCode: 'planted-spotify-code-e5',
  airflow: 'planted-airflow-f6',
};

/** Settings with a secret in each; nothing listens where they point. */
const environment = {
  TONEARM_KAFKA_PASSWORD: secrets.kafka,
  TONEARM_SCHEMA_REGISTRY_PASSWORD: secrets.registry,
  AWS_ACCESS_KEY_ID: 'planted',
  AWS_SECRET_ACCESS_KEY: secrets.s3,
  AWS_SESSION_TOKEN: secrets.s3Session,
  TONEARM_ALERT_WEBHOOK: `http://127.0.0.1:1/services/${secrets.webhook}`,
  TONEARM_ALERT_SMTP: `smtp://me:${secrets.mail}@127.0.0.1:1`,
  TONEARM_ALERT_TO: 'nobody@example.org',
  TONEARM_AIRFLOW_DATABASE: `postgresql+psycopg2://me:${secrets.airflow}@127.0.0.1:1/airflow`,
  TONEARM_SPOTIFY_CLIENT_ID: 'planted0client',
  TONEARM_SPOTIFY_API_URL: 'http://127.0.0.1:1',
  TONEARM_SPOTIFY_ACCOUNTS_URL: 'http://127.0.0.1:1',
  TONEARM_LOG_FORMAT: 'json',
  TONEARM_LOG_LEVEL: 'debug',
};

async function dataDirectory(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-secrets-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const config = parseConfig({ ...environment, TONEARM_DATA: data }, data);
  openAccounts(config).connect(
    'ana',
    'ana',
    { accessToken: secrets.spotifyAccess, refreshToken: secrets.spotifyRefresh, expiresAt: 1 },
    Date.now(),
  );
  const store = new AccessStore(config.access.directory, Date.now);
  const token = store.createToken({ name: 'owner', role: 'owner' }).text;
  store.close();
  return { data, token };
}

function start(data: string, args: string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH, HOME: data, ...environment, TONEARM_DATA: data, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, exited: once(child, 'exit'), said: () => said };
}

/** What a command says; one that waits for something that never comes is stopped. */
async function saidBy(data: string, args: string[], more: Record<string, string> = {}) {
  const { child, exited, said } = start(data, args, more);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(timer);
  assert.notEqual(said(), '', `${args.join(' ')} said nothing`);
  return said();
}

function assertNoSecret(where: string, text: string | Buffer, planted: readonly string[]) {
  for (const secret of planted) {
    for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
      assert.ok(!text.includes(form), `${where} shows ${secret}`);
    }
  }
}

async function assertNoSecretBelow(folder: string, planted: readonly string[]): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    assertNoSecret(path, await readFile(path), planted);
  }
}

test('no planted secret shows in what commands say, in answers of the API, or in any file', async (t) => {
  const { data, token } = await dataDirectory(t);
  const planted = [...Object.values(secrets), token.slice(-43)];

  const { child, exited, said } = start(data, ['serve', '--port', '0']);
  t.after(() => child.kill('SIGKILL'));
  const deadline = Date.now() + 120_000;
  let url: string | undefined;
  while (url === undefined) {
    url = /Open (http\S+)/.exec(said())?.[1];
    assert.ok(child.exitCode === null && Date.now() < deadline, said());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const headers = { authorization: `Bearer ${token}`, 'x-tonearm': '1' };
  const document = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
    paths: Record<string, object>;
  };
  for (const path of [...Object.keys(document.paths), '/metrics', '/api/docs', '/api/nothing']) {
    if (path === '/api/live/stream') continue;
    const response = await fetch(`${url}${path.replace(/\{\w+\}/g, 'none')}?user=ana`, { headers });
    assertNoSecret(path, await response.text(), planted);
    assertNoSecret(path, JSON.stringify([...response.headers]), planted);
  }
  const begun = await fetch(`${url}/api/session/spotify`, { redirect: 'manual' });
  const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state');
  const back = await fetch(`${url}/callback?code=${secrets.spotifyCode}&state=${state}`, {
    redirect: 'manual',
    headers: { cookie: begun.headers.getSetCookie()[0]?.split(';')[0] ?? '' },
  });
  assert.equal(back.headers.get('location'), '/sign-in?problem=failed');
  const wrong = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tonearm': '1' },
    body: JSON.stringify({ token: token.replace('tna_', 'tnb_') }),
  });
  assertNoSecret('the refused sign-in', await wrong.text(), planted);
  child.kill('SIGTERM');
  await exited;
  assert.match(said(), /A sign-in with Spotify failed/, 'the log was not watched');

  const kafka = {
    TONEARM_LOG: `kafka://me:${secrets.kafkaInAddress}@127.0.0.1:1?sasl=plain`,
    TONEARM_KAFKA_PASSWORD: '',
  };
  const bucket = { TONEARM_LAKE: 's3://bucket/lake', TONEARM_S3_ENDPOINT: 'http://127.0.0.1:1' };
  const quickly = { ...bucket, TONEARM_S3_TIMEOUT_SECONDS: '1' };
  const commands: [args: string[], more?: Record<string, string>][] = [
    [['alerts', 'test', '--json']],
    [['spotify', 'poll', '--json']],
    [['sink', '--until-idle'], kafka],
    [
      ['sink', '--until-idle'],
      {
        TONEARM_LOG: 'kafka://127.0.0.1:1?sasl=plain',
        TONEARM_KAFKA_USERNAME: 'me',
      },
    ],
    [['status'], quickly],
    [['doctor'], quickly],
    [['run', '--json'], kafka],
    [['access', 'list', '--json']],
    [['status'], { TONEARM_WAREHOUSE: `snowflake://me:${secrets.kafka}@account/db` }],
    [['status'], { TONEARM_LOG: `kafka//me:${secrets.kafka}@broker` }],
  ];
  const texts = [];
  for (const [args, more] of commands) texts.push(await saidBy(data, args, more));
  for (const text of [said(), ...texts]) assertNoSecret(text, text, planted);
  await assertNoSecretBelow(data, planted);
});
