import { protocolErrorsCodesById } from '@platformatic/kafka';
import { TonearmError } from '../../errors.ts';

/** An answer of a broker that is an error, by Kafka's number for it. */
export class BrokerError extends Error {
  readonly errorCode: number;

  constructor(errorCode: number, place: string) {
    const name = protocolErrorsCodesById[errorCode as keyof typeof protocolErrorsCodesById];
    super(`${place}: the broker answered ${name ?? `error ${errorCode}`}`);
    this.errorCode = errorCode;
  }
}

/** Kafka's numbers of the errors that are told apart. */
export const brokerErrors = {
  offsetOutOfRange: 1,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  topicAlreadyExists: 36,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
} as const;

/** Broker errors that pass when the cluster has settled: leaders move, brokers start, replicas catch up. */
const passing = new Set([
  // UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT,
  3, 5, 6, 7,
  // BROKER_NOT_AVAILABLE, REPLICA_NOT_AVAILABLE, NETWORK_EXCEPTION, COORDINATOR_LOAD_IN_PROGRESS,
  8, 9, 13, 14,
  // COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  15,
  16, 19, 20,
  // NOT_CONTROLLER, KAFKA_STORAGE_ERROR, FETCH_SESSION_ID_NOT_FOUND, LISTENER_NOT_FOUND,
  41, 56, 70, 72,
  // FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE, PREFERRED_LEADER_NOT_AVAILABLE,
  74,
  76, 78, 80,
  // THROTTLING_QUOTA_EXCEEDED
  89,
]);

const tlsProblem = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO)/;

/** True when trying again may help. */
export function isPassingError(error: unknown): boolean {
  if (error instanceof TonearmError) return false;
  if (error instanceof BrokerError) return passing.has(error.errorCode);
  if (isDenied(error)) return false;
  const codes = errorChain(error).flatMap((one) =>
    typeof one.apiCode === 'number' ? [one.apiCode] : [],
  );
  return codes.every((code) => passing.has(code));
}

/**
 * What a person is told when the brokers can't be used. Says where, never with which password.
 * @param brokers as in the URL.
 */
export function asKafkaError(error: unknown, brokers: readonly string[]): unknown {
  if (error instanceof TonearmError) return error;
  const place = `Kafka at ${brokers.join(', ')}`;
  const reason = reasonOf(error);
  if (isDenied(error)) {
    return new TonearmError('TNA_LOG_DENIED', `${place} refused this client: ${reason}.`, {
      cause: error,
      remedy:
        'Check the user, the password, sasl= and tls= of TONEARM_LOG, TONEARM_KAFKA_CA_FILE, and what the user may do.',
    });
  }
  return new TonearmError('TNA_LOG_UNREACHABLE', `${place} does not answer: ${reason}.`, {
    cause: error,
    remedy:
      'Start the brokers (./tonearm services up kafka), or correct the address in TONEARM_LOG.',
  });
}

function isDenied(error: unknown): boolean {
  if (error instanceof BrokerError) {
    return (
      error.errorCode === brokerErrors.topicAuthorizationFailed ||
      error.errorCode === brokerErrors.clusterAuthorizationFailed
    );
  }
  return errorChain(error).some(
    (one) =>
      one.code === 'PLT_KFK_AUTHENTICATION' ||
      tlsProblem.test(String(one.code)) ||
      /TLS/.test(one.message ?? '') ||
      one.apiCode === brokerErrors.topicAuthorizationFailed ||
      one.apiCode === brokerErrors.clusterAuthorizationFailed,
  );
}

interface ChainedError {
  code?: unknown;
  apiCode?: unknown;
  message?: string;
  cause?: unknown;
  errors?: unknown[];
}

/** An error with all that caused it, outermost first. */
function errorChain(error: unknown): ChainedError[] {
  const chain: ChainedError[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < 50) {
    const one = waiting.shift() as ChainedError | undefined | null;
    if (one === undefined || one === null || typeof one !== 'object') continue;
    chain.push(one);
    waiting.push(one.cause, ...(one.errors ?? []));
  }
  return chain;
}

/** The innermost reason, in one line. */
function reasonOf(error: unknown): string {
  const last = errorChain(error).findLast((one) => (one.message ?? '') !== '');
  return (last?.message ?? String(error)).split('\n')[0]!.replace(/\.$/, '');
}

/** True when an answer that the client took apart holds one of Kafka's errors. */
export function hasBrokerError(error: unknown, errorCode: number): boolean {
  return errorChain(error).some((one) => one.apiCode === errorCode);
}
