import { test } from 'node:test';
import { testKafka, testS3Server } from '../services/test-services.ts';
import { deleteTopics } from './kafka-fixture.ts';
import { raceSinks } from './racing-sinks.ts';
import { s3Settings } from './s3-fixture.ts';
import { killTheSink } from './sink-kill.ts';

const kafka = await testKafka();
const s3 = await testS3Server();
const bootstrap = kafka.service?.bootstrap ?? '';
const skip = kafka.skip || s3.skip;
const settings = () => ({ ...s3Settings(s3.service), TONEARM_LOG: `kafka://${bootstrap}` });

test('on Kafka and S3 the sink killed at 20 moments loses no row and doubles none', {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await killTheSink(t, 20, settings());
});

test('on Kafka and S3 two sinks, killed and frozen, store each record once', {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await raceSinks(t, 2, settings());
});
