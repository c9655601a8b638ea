import { test } from 'node:test';
import { deleteTopics } from '../integration/kafka-fixture.ts';
import { raceSinks } from '../integration/racing-sinks.ts';
import { s3Settings } from '../integration/s3-fixture.ts';
import { killTheSink } from '../integration/sink-kill.ts';
import { testKafka, testS3Server } from '../services/test-services.ts';

const kills = 200;
const kafka = await testKafka();
const s3 = await testS3Server();
const bootstrap = kafka.service?.bootstrap ?? '';
const skip = kafka.skip || s3.skip;
const settings = () => ({ ...s3Settings(s3.service), TONEARM_LOG: `kafka://${bootstrap}` });

test(`the sink killed at ${kills} moments loses no row and doubles none`, (t) =>
  killTheSink(t, kills));

test(`on Kafka and S3 the sink killed at ${kills} moments loses no row and doubles none`, {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await killTheSink(t, kills, settings());
});

test('on Kafka and S3 four sinks, killed and frozen, store each record once', {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  await raceSinks(t, 4, settings());
});
