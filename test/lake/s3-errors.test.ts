import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TonearmError } from '../../src/errors.ts';
import { asLakeError, isPassing } from '../../src/lake/s3-errors.ts';

const location = { kind: 's3', bucket: 'music', prefix: '', requestMs: 1000 } as const;

/** A failure as the AWS SDK throws it. */
const failure = (name: string, status?: number, message = name) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

const codeOf = (error: unknown) => {
  const told = asLakeError(error, 'read s3://music/x', location);
  assert.ok(told instanceof TonearmError);
  assert.ok(told.remedy !== undefined && told.message.endsWith('.'));
  return told.code;
};

test('each kind of failure has its code and a remedy', () => {
  const expected: [unknown, string][] = [
    [failure('NoSuchBucket', 404), 'TNA_LAKE_BUCKET_MISSING'],
    [failure('InvalidAccessKeyId', 403), 'TNA_LAKE_DENIED'],
    [failure('ExpiredToken', 400), 'TNA_LAKE_DENIED'],
    [failure('CredentialsProviderError'), 'TNA_LAKE_DENIED'],
    [failure('Unknown', 403), 'TNA_LAKE_DENIED'],
    [failure('PermanentRedirect', 301), 'TNA_LAKE_REGION_WRONG'],
    [failure('AuthorizationHeaderMalformed', 400), 'TNA_LAKE_REGION_WRONG'],
    [failure('Error', undefined, 'Region is missing'), 'TNA_LAKE_REGION_WRONG'],
    [failure('NotImplemented', 501), 'TNA_LAKE_NOT_ATOMIC'],
    [failure('SlowDown', 503), 'TNA_LAKE_UNREACHABLE'],
    [failure('Unknown', 500, 'UnknownError'), 'TNA_LAKE_UNREACHABLE'],
    [Object.assign(new Error('read'), { code: 'ECONNRESET' }), 'TNA_LAKE_UNREACHABLE'],
    [failure('InvalidArgument', 400), 'TNA_LAKE_REQUEST_FAILED'],
  ];
  for (const [error, code] of expected) assert.equal(codeOf(error), code, String(error));
});

test('only failures that can pass are tried again', () => {
  const passing = [
    failure('InternalError', 500),
    failure('SlowDown', 503),
    failure('RequestTimeout', 400),
    failure('ConditionalRequestConflict', 409),
    failure('RequestTimeTooSkewed', 403),
    Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
  ];
  const final = [
    failure('NoSuchBucket', 404),
    failure('PreconditionFailed', 412),
    failure('SignatureDoesNotMatch', 403),
    failure('InvalidArgument', 400),
    new TonearmError('TNA_DISK_FULL', 'No space is left.'),
  ];
  assert.deepEqual(
    passing.filter((error) => !isPassing(error)),
    [],
  );
  assert.deepEqual(final.filter(isPassing), []);
});
