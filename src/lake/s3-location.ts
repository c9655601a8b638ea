import { TonearmError } from '../errors.ts';

/** Keys of an account, as the environment gives them. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where the lake lies in an object store, and how to reach it. */
export interface S3Location {
  readonly kind: 's3';
  readonly bucket: string;
  /** Without a slash at either end; empty when the lake is the whole bucket. */
  readonly prefix: string;
  /** `http(s)://host[:port]` of a server other than AWS. */
  readonly endpoint?: string;
  /** Undefined: the AWS SDK looks for it in the profile. */
  readonly region?: string;
  /** Undefined: the AWS SDK looks for them (profile, single sign-on, role of the machine). */
  readonly credentials?: S3Credentials;
  /** Time for one request, ms, without the time that its body may take. */
  readonly requestMs: number;
}

/** What the environment says beside the URL. */
export interface S3Environment {
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** A named profile goes before keys, as in AWS's own tools. */
  readonly profile?: string;
  readonly requestMs: number;
}

/**
 * Reads `s3://bucket[/prefix]`.
 * @throws TonearmError TNA_CONFIG_INVALID
 */
export function parseS3Location(url: string, environment: S3Environment): S3Location {
  const match = /^s3:\/\/([^/?#@]+)(?:\/([^?#]*))?$/.exec(url);
  if (match === null) throw invalid('TONEARM_LAKE is not of the form s3://bucket/prefix.');
  const [, bucket = '', path = ''] = match;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw invalid(`TONEARM_LAKE names the bucket "${bucket}", which no bucket can be called.`);
  }
  const prefix = path.replace(/^\/+|\/+$/g, '');
  if (prefix.split('/').some((part) => part === '..' || part === '.')) {
    throw invalid('The prefix of TONEARM_LAKE holds a "." or "..".');
  }
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken, profile } = environment;
  return {
    kind: 's3',
    bucket,
    prefix,
    requestMs: environment.requestMs,
    ...(endpoint === undefined ? {} : { endpoint: parseEndpoint(endpoint) }),
    ...(region === undefined ? {} : { region }),
    ...(accessKeyId === undefined || secretAccessKey === undefined || profile !== undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, sessionToken } }),
  };
}

function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw invalid('The S3 endpoint is not of the form http(s)://host:port.');
  }
  return url.origin;
}

const invalid = (message: string): TonearmError =>
  new TonearmError('TNA_CONFIG_INVALID', message, {
    remedy: 'docs/guides/lake-on-s3.md shows the settings of a lake in an object store.',
  });
