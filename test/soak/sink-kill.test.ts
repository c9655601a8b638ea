import { test } from 'node:test';
import { deleteTopics } from '../integration/kafka-fixture.ts';
import { raceSinks } from '../integration/racing-sinks.ts';
import { killTheSink } from '../integration/sink-kill.ts';
import { testKafka } from '../services/test-services.ts';

const kills = 200;
const { service, skip } = await testKafka();
const bootstrap = service?.bootstrap ?? '';
const onKafka = { TONEARM_LOG: `kafka://${bootstrap}` };

test(`the sink killed at ${kills} moments loses no row and doubles none`, (t) =>
  killTheSink(t, kills));

test(`the sink on Kafka killed at ${kills} moments loses no row and doubles none`, {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await killTheSink(t, kills, onKafka);
});

test('4 sinks on Kafka, killed and frozen, store each record once', { skip }, async (t) => {
  await deleteTopics(bootstrap);
  await raceSinks(t, 4, onKafka);
});
