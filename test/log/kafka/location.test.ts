import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config.ts';
import { parseKafkaLocation } from '../../../src/log/kafka/location.ts';

test('a URL names brokers, TLS and the way to log in', () => {
  assert.deepEqual(parseKafkaLocation('kafka://one:9093,two,[::1]:9094', {}), {
    kind: 'kafka',
    brokers: ['one:9093', 'two:9092', '[::1]:9094'],
    tls: false,
  });
  assert.deepEqual(
    parseKafkaLocation('kafka://ana:p%40ss%3A@broker:9092/?tls=true&sasl=scram-sha-512', {}),
    {
      kind: 'kafka',
      brokers: ['broker:9092'],
      tls: true,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'ana', password: 'p@ss:' },
    },
  );
});

test('the environment wins over the URL, and a user means PLAIN', () => {
  const { log } = parseConfig(
    {
      TONEARM_LOG: 'kafka://nobody:old@broker',
      TONEARM_KAFKA_USERNAME: 'key',
      TONEARM_KAFKA_PASSWORD: 'secret',
      TONEARM_KAFKA_CA_FILE: 'ca.pem',
    },
    '/base',
  );
  assert.deepEqual(log, {
    kind: 'kafka',
    brokers: ['broker:9092'],
    tls: false,
    caFile: '/base/ca.pem',
    sasl: { mechanism: 'PLAIN', username: 'key', password: 'secret' },
  });
});

test('what is wrong with a URL is said without its password', () => {
  const wrong: [string, RegExp][] = [
    ['kafka://', /not of the form/],
    ['kafka://ana:hunter2@broker:port', /not host:port/],
    ['kafka://ana:hunter2@broker?tls=maybe', /tls must be/],
    ['kafka://ana:hunter2@broker?sasl=kerberos', /sasl must be plain or/],
    ['kafka://ana:hunter2@broker?ssl=true', /no option "ssl"/],
    ['kafka://broker?sasl=plain', /needs a user and a password/],
    ['kafka://ana:%zz@broker', /percent-encoded/],
  ];
  for (const [url, sentence] of wrong) {
    assert.throws(
      () => parseKafkaLocation(url, {}),
      (error: Error & { code: string; remedy: string }) => {
        assert.equal(error.code, 'TNA_CONFIG_INVALID');
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message + error.remedy, /hunter2/);
        return true;
      },
    );
  }
});
