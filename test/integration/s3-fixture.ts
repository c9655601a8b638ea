import { randomUUID } from 'node:crypto';
import type { S3Service } from '../../src/services/index.ts';

/** Settings for a lake of its own on a test server. */
export function s3Settings(
  service: S3Service | undefined,
  changes: Record<string, string> = {},
): Record<string, string> {
  return {
    ...service?.env,
    TONEARM_LAKE: `s3://${service?.bucket ?? 'none'}/test-${randomUUID().slice(0, 8)}/lake`,
    ...changes,
  };
}
