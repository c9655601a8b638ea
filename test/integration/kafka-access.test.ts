import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { parseConfig } from '../../src/config.ts';
import { openLog } from '../../src/log/index.ts';
import { installKafka } from '../../src/services/kafka-installation.ts';
import { testKafka } from '../services/test-services.ts';
import { deleteTopics, readTopic } from './kafka-fixture.ts';

const run = promisify(execFile);
let ports = { login: 0, encrypted: 0, both: 0 };
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const keys = await mkdtemp(join(tmpdir(), 'tonearm-keys-'));
after(() => rm(keys, { recursive: true, force: true }));
const authority = join(keys, 'authority.pem');
const keyStore = join(keys, 'broker.p12');
const storePassword = 'only-for-tests';

/** A certificate for 127.0.0.1 that is its own authority. Java's own tool makes it: the broker needs Java anyway. */
async function makeKeys(): Promise<void> {
  const store = ['-keystore', keyStore, '-storepass', storePassword, '-alias', 'broker'];
  const place = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1,dns:localhost'];
  await run('keytool', [
    '-genkeypair',
    ...store,
    ...place,
    '-storetype',
    'PKCS12',
    '-keyalg',
    'EC',
  ]);
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', authority]);
}

const problem = await makeKeys().then(
  () => undefined,
  (error: Error) => error.message,
);
const plainLogin =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_ana="right word:/@";';

const { service, skip } = await testKafka({
  extraPorts: 3,
  properties: ([broker, controller, login, encrypted, both]) => {
    const listeners = [
      `PLAINTEXT://127.0.0.1:${broker}`,
      `LOGIN://127.0.0.1:${login}`,
      `TLS://127.0.0.1:${encrypted}`,
      `BOTH://127.0.0.1:${both}`,
    ];
    ports = { login: login!, encrypted: encrypted!, both: both! };
    return {
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,BOTH:SASL_SSL',
      listeners: [...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(','),
      'advertised.listeners': listeners.join(','),
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'listener.name.login.plain.sasl.jaas.config': plainLogin,
      'listener.name.both.plain.sasl.jaas.config': plainLogin,
      'listener.name.login.scram-sha-256.sasl.jaas.config': scramLogin,
      'listener.name.both.scram-sha-256.sasl.jaas.config': scramLogin,
      'ssl.keystore.location': keyStore,
      'ssl.keystore.password': storePassword,
      'ssl.keystore.type': 'PKCS12',
    };
  },
});

/** Kafka's own tool makes the user: the client has no request for it. */
async function createScramUser(): Promise<void> {
  const { cacheDirectory } = parseConfig(process.env, keys);
  const jars = await installKafka(cacheDirectory);
  await run('java', [
    '-cp',
    join(jars, '*'),
    'kafka.admin.ConfigCommand',
    ...['--bootstrap-server', service!.bootstrap, '--alter'],
    ...['--add-config', `SCRAM-SHA-256=[password=${password}]`],
    ...['--entity-type', 'users', '--entity-name', 'eva'],
  ]);
}

/** Writes and reads one record with settings as a user gives them. */
async function roundTrip(env: Record<string, string>): Promise<void> {
  await deleteTopics(service!.bootstrap);
  const log = await openLog(parseConfig(env, keys).log);
  try {
    const producer = await log.producer();
    await producer.send('dead_letters', { key: 'k', value: 'hello' });
    await producer.close();
    assert.deepEqual(
      (await readTopic(log, 'dead_letters')).map((record) => record.value),
      ['hello'],
    );
    await log.waitForAppend(10);
  } finally {
    await log.close();
  }
}

const password = 'right word:/@';
const inUrl = encodeURIComponent(password);

test('TLS with an authority of one’s own', { skip: skip || problem }, async () => {
  await roundTrip({
    TONEARM_LOG: `kafka://127.0.0.1:${ports.encrypted}?tls=true`,
    TONEARM_KAFKA_CA_FILE: 'authority.pem',
  });
});

test('a user and password in the URL mean SASL PLAIN', { skip }, async () => {
  await roundTrip({ TONEARM_LOG: `kafka://ana:${inUrl}@127.0.0.1:${ports.login}` });
});

test('SASL PLAIN over TLS from the environment, as Confluent Cloud wants it', {
  skip: skip || problem,
}, async () => {
  await roundTrip({
    TONEARM_LOG: `kafka://127.0.0.1:${ports.both}?tls=true&sasl=plain`,
    TONEARM_KAFKA_USERNAME: 'ana',
    TONEARM_KAFKA_PASSWORD: password,
    TONEARM_KAFKA_CA_FILE: authority,
  });
});

test('SASL SCRAM-SHA-256', { skip }, async () => {
  await createScramUser();
  await roundTrip({
    TONEARM_LOG: `kafka://127.0.0.1:${ports.login}?sasl=scram-sha-256`,
    TONEARM_KAFKA_USERNAME: 'eva',
    TONEARM_KAFKA_PASSWORD: password,
  });
});

const refused: [string, () => Record<string, string>][] = [
  ['a wrong password', () => ({ TONEARM_LOG: `kafka://ana:wrong-word@127.0.0.1:${ports.login}` })],
  [
    'a wrong password over SCRAM',
    () => ({ TONEARM_LOG: `kafka://eva:wrong-word@127.0.0.1:${ports.login}?sasl=scram-sha-256` }),
  ],
  [
    'an authority that is not trusted',
    () => ({ TONEARM_LOG: `kafka://127.0.0.1:${ports.encrypted}?tls=true` }),
  ],
];
for (const [name, env] of refused) {
  test(`${name} is refused, and no password is shown`, { skip: skip || problem }, async () => {
    await assert.rejects(
      openLog(parseConfig(env(), keys).log),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'TNA_LOG_DENIED', error.message);
        assert.doesNotMatch(inspect(error, { depth: 20 }), /wrong-word/);
        return true;
      },
    );
  });
}
