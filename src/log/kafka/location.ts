import { TonearmError } from '../../errors.ts';

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

/** A schema registry with Confluent's API. */
export interface SchemaRegistryLocation {
  /** Without a slash at the end, and without user and password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Where the brokers are and how to reach them. */
export interface KafkaLocation {
  readonly kind: 'kafka';
  /** `host:port` of brokers to ask first. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** File with certificates of authorities (PEM) to trust instead of the system's. */
  readonly caFile?: string;
  readonly sasl?: {
    readonly mechanism: SaslMechanism;
    readonly username: string;
    readonly password: string;
  };
  /** Where it is set, values are in Confluent's wire format. */
  readonly schemaRegistry?: SchemaRegistryLocation;
}

/** What the environment says beside the URL. It wins over the URL. */
export interface KafkaEnvironment {
  readonly username?: string;
  readonly password?: string;
  readonly caFile?: string;
  readonly registryUrl?: string;
  readonly registryUsername?: string;
  readonly registryPassword?: string;
}

const defaultPort = '9092';

/**
 * Reads `kafka://[user:password@]host[:port][,host[:port]…][?tls=true&sasl=plain|scram-sha-256|scram-sha-512]`.
 * A user without `sasl=` means PLAIN. The error never shows the user and password.
 * @throws TonearmError TNA_CONFIG_INVALID
 */
export function parseKafkaLocation(url: string, environment: KafkaEnvironment): KafkaLocation {
  const match = /^kafka:\/\/(?:([^@/]*)@)?([^@/?]+)\/?(?:\?(.*))?$/.exec(url);
  if (match === null) throw invalid('it is not of the form kafka://host:port');
  const [, credentials, hosts, query] = match;
  const brokers = hosts!.split(',').map((broker) => {
    const parts = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(broker);
    if (parts === null) throw invalid(`"${broker}" is not host:port`);
    return `${parts[1]}:${parts[2] ?? defaultPort}`;
  });
  const options = new URLSearchParams(query ?? '');
  for (const name of options.keys()) {
    if (name !== 'tls' && name !== 'sasl') throw invalid(`there is no option "${name}"`);
  }
  const tls = options.get('tls') ?? 'false';
  if (tls !== 'true' && tls !== 'false') throw invalid('tls must be true or false');
  const [user, password] = split(credentials ?? '');
  const sasl = saslOf(
    options.get('sasl'),
    environment.username ?? user,
    environment.password ?? password,
  );
  return Object.freeze({
    kind: 'kafka',
    brokers,
    tls: tls === 'true',
    ...(environment.caFile === undefined ? {} : { caFile: environment.caFile }),
    ...(sasl === undefined ? {} : { sasl }),
    ...(environment.registryUrl === undefined
      ? {}
      : { schemaRegistry: registryOf(environment.registryUrl, environment) }),
  });
}

function registryOf(address: string, environment: KafkaEnvironment): SchemaRegistryLocation {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TonearmError(
      'TNA_CONFIG_INVALID',
      'TONEARM_SCHEMA_REGISTRY: it is no http address.',
      {
        remedy:
          'Write https://host, with TONEARM_SCHEMA_REGISTRY_USERNAME and _PASSWORD beside it.',
      },
    );
  }
  const username = environment.registryUsername ?? decodeURIComponent(url.username);
  const password = environment.registryPassword ?? decodeURIComponent(url.password);
  return {
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    ...(username === '' ? {} : { username, password }),
  };
}

function saslOf(
  named: string | null,
  username: string | undefined,
  password: string | undefined,
): KafkaLocation['sasl'] {
  if (named === null && username === undefined) return undefined;
  const mechanism = saslMechanisms.find((one) => one === (named ?? 'plain').toUpperCase());
  if (mechanism === undefined) {
    throw invalid(`sasl must be ${saslMechanisms.map((one) => one.toLowerCase()).join(' or ')}`);
  }
  if (username === undefined || password === undefined) {
    throw invalid('authentication needs a user and a password');
  }
  return { mechanism, username, password };
}

/** `user:password`, each percent-encoded where it must be. */
function split(credentials: string): [string | undefined, string | undefined] {
  if (credentials === '') return [undefined, undefined];
  const at = credentials.indexOf(':');
  try {
    return at < 0
      ? [decodeURIComponent(credentials), undefined]
      : [
          decodeURIComponent(credentials.slice(0, at)),
          decodeURIComponent(credentials.slice(at + 1)),
        ];
  } catch {
    throw invalid('the user or the password is not percent-encoded as it must be');
  }
}

function invalid(problem: string): TonearmError {
  return new TonearmError('TNA_CONFIG_INVALID', `TONEARM_LOG: ${problem}.`, {
    remedy:
      'Write kafka://host:port[,host:port]?tls=true&sasl=scram-sha-256, with TONEARM_KAFKA_USERNAME and TONEARM_KAFKA_PASSWORD beside it.',
  });
}
