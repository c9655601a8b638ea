import { isUtf8 } from 'node:buffer';
import { type EventTopic, topics } from '../../contracts/index.ts';
import type { ErrorCode } from '../errors.ts';

/** Why a record breaks its contract. */
export interface ContractBreach {
  readonly code: Extract<ErrorCode, `TNA_CONTRACT_${string}`>;
  /** The field, where one is to blame. */
  readonly field?: string;
  /** One sentence. */
  readonly message: string;
}

/**
 * Explains why a value breaks the contract of its topic; undefined when it does not.
 * The schemas of `contracts/` are the authority; the SQL of the sink only sorts quickly.
 */
export function findBreach(
  topic: EventTopic,
  value: Uint8Array | null,
): ContractBreach | undefined {
  if (value === null || value.length === 0) {
    return { code: 'TNA_CONTRACT_EMPTY', message: 'The record has no value.' };
  }
  if (!isUtf8(value)) {
    return { code: 'TNA_CONTRACT_NOT_UTF8', message: 'The record is not UTF-8 text.' };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'));
  } catch (error) {
    return {
      code: 'TNA_CONTRACT_NOT_JSON',
      message: `The record is not JSON: ${(error as Error).message}.`,
    };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { code: 'TNA_CONTRACT_NOT_OBJECT', message: 'The record is JSON, but not an object.' };
  }
  const result = topics[topic].schema.safeParse(parsed);
  if (result.success) return undefined;
  const issue = result.error.issues[0]!;
  const field = String(issue.path[0] ?? '');
  if (!(field in parsed)) {
    return {
      code: 'TNA_CONTRACT_MISSING_FIELD',
      field,
      message: `The field ${field} is missing.`,
    };
  }
  const code =
    issue.code === 'invalid_type' ? 'TNA_CONTRACT_WRONG_TYPE' : 'TNA_CONTRACT_INVALID_VALUE';
  return { code, field, message: `The field ${field} is refused: ${issue.message}.` };
}
