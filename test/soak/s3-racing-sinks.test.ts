import { test } from 'node:test';
import { raceSinks } from '../integration/racing-sinks.ts';
import { s3Settings } from '../integration/s3-fixture.ts';
import { testS3Server } from '../services/test-services.ts';

const { service, skip } = await testS3Server();

test('two sinks on one bucket, killed and frozen, lose no record and double none', { skip }, (t) =>
  raceSinks(t, 2, s3Settings(service)),
);
