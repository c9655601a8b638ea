import { test } from 'node:test';
import { testKafka } from '../services/test-services.ts';
import { deleteTopics } from './kafka-fixture.ts';
import { raceSinks } from './racing-sinks.ts';
import { killTheSink } from './sink-kill.ts';

const { service, skip } = await testKafka();
const bootstrap = service?.bootstrap ?? '';
const settings = { TONEARM_LOG: `kafka://${bootstrap}` };

test('the sink on Kafka killed at 20 moments loses no row and doubles none', {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await killTheSink(t, 20, settings);
});

test('2 sinks on Kafka, killed and frozen, store each record once', { skip }, async (t) => {
  await deleteTopics(bootstrap);
  await raceSinks(t, 2, settings);
});
