import { TonearmError } from '../errors.ts';
import type { S3Location } from './s3-location.ts';

interface ServiceFailure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** HTTP status of a failure; undefined when no answer came. */
export const statusOf = (error: unknown): number | undefined =>
  (error as ServiceFailure | undefined)?.$metadata?.httpStatusCode;

/** Name that S3 gives a failure, such as `NoSuchKey`. */
export const nameOf = (error: unknown): string => (error as ServiceFailure | undefined)?.name ?? '';

/** Ours: an answer that did not come, or not as fast as it must. */
export class S3Timeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${(ms / 1000).toFixed(1)} s`);
    this.name = 'TimeoutError';
  }
}

const passingStatus = new Set([408, 429, 500, 502, 503, 504]);
const passingNames = new Set([
  'AbortError',
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'SlowDown',
  'Throttling',
  'TimeoutError',
]);
const passingCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** True for failures that another try may get past (S3's guide to errors; `Error Responses`). */
export function isPassing(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as ServiceFailure;
  const status = statusOf(error);
  return (
    (status !== undefined && passingStatus.has(status)) ||
    passingNames.has(nameOf(error)) ||
    passingCodes.has(code) ||
    /socket hang up|aborted|checksum mismatch/i.test(message)
  );
}

const deniedNames = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  // What versitygw says of an unknown key.
  'XAdminUserNotFound',
]);

/**
 * What a person is told when a request has failed for good. Never holds a key of the account.
 * @param doing the request in words: `read s3://bucket/key`.
 */
export function asLakeError(error: unknown, doing: string, location: S3Location): unknown {
  if (error instanceof TonearmError) return error;
  const failure = error as ServiceFailure & { Endpoint?: string };
  const status = statusOf(error);
  const name = nameOf(error);
  const server = location.endpoint ?? 'AWS';
  const tell = (
    code: ConstructorParameters<typeof TonearmError>[0],
    message: string,
    remedy: string,
  ) => new TonearmError(code, message, { cause: error, remedy });
  if (name === 'NoSuchBucket') {
    return tell(
      'TNA_LAKE_BUCKET_MISSING',
      `There is no bucket "${location.bucket}" at ${server}.`,
      'Create it, or correct TONEARM_LAKE and the endpoint.',
    );
  }
  if (deniedNames.has(name) || status === 401 || status === 403) {
    return tell(
      'TNA_LAKE_DENIED',
      `${server} refused to ${doing}: ${name === 'CredentialsProviderError' ? 'no credentials were found' : name || status}.`,
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and the policy in docs/guides/lake-on-s3.md.',
    );
  }
  if (status === 301 || name === 'AuthorizationHeaderMalformed' || isRegionMissing(failure)) {
    return tell(
      'TNA_LAKE_REGION_WRONG',
      isRegionMissing(failure)
        ? `No region is set for the bucket "${location.bucket}".`
        : `Bucket "${location.bucket}" is not in the region ${location.region ?? 'of the profile'}.`,
      'Set AWS_REGION to the region of the bucket.',
    );
  }
  if (status === 501) {
    return tell(
      'TNA_LAKE_NOT_ATOMIC',
      `${server} does not know how to ${doing} under a condition (${name}).`,
      'Use a server that honours If-None-Match: commits would not be safe on this one.',
    );
  }
  if (isPassing(error) || status === undefined) {
    return tell(
      'TNA_LAKE_UNREACHABLE',
      `${server} did not ${doing} after several tries: ${reasonOf(failure)}.`,
      'Nothing is lost: the work goes on where it was once the store answers. Check the endpoint and the network.',
    );
  }
  return tell(
    'TNA_LAKE_REQUEST_FAILED',
    `${server} would not ${doing}: ${status} ${name}.`,
    'Check that the server speaks the S3 API; docs/guides/lake-on-s3.md says what is needed.',
  );
}

/** An answer to HEAD has no body, so that only its status tells. */
function reasonOf(failure: ServiceFailure): string {
  const { name = '', message = '' } = failure;
  if (name === 'Unknown' || message === '') return `status ${statusOf(failure)}`;
  return name === '' || name === 'Error' ? message : `${name}, ${message.replace(/\.$/, '')}`;
}

const isRegionMissing = (failure: ServiceFailure): boolean =>
  /region is missing/i.test(failure.message ?? '');
