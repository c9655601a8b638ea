/** What a request to Spotify failed with, as far as it matters for what to do next. */
export type FailureKind =
  /** 429: the whole app waits. */
  | 'rate_limited'
  /** 401 with a fresh token, a dead refresh token, a missing scope: the account needs a new login. */
  | 'login_needed'
  /** 403 for another reason: the person is not on the app's list, or the app's owner has no Premium. */
  | 'forbidden'
  /** 404. */
  | 'not_found'
  /** The app itself is refused: a wrong client id. */
  | 'app_refused'
  /** 5xx, no connection, a broken or unreadable answer: later. */
  | 'unavailable';

/** A failed request. The message says what and where in one sentence and holds no secret. */
export class SpotifyFailure extends Error {
  readonly kind: FailureKind;
  /** When to ask again, ms since the epoch, where Spotify or a rule says so. */
  readonly retryAt: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { retryAt?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SpotifyFailure';
    this.kind = kind;
    this.retryAt = options.retryAt;
  }
}

/** The message in an error body: `{"error": {"message"}}`, or OAuth's `{"error", "error_description"}`. */
export function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as {
      error?: { message?: unknown } | string;
      error_description?: unknown;
    };
    const message =
      typeof parsed.error === 'object'
        ? parsed.error?.message
        : (parsed.error_description ?? parsed.error);
    return typeof message === 'string' ? message.slice(0, 200) : '';
  } catch {
    return '';
  }
}

/** The failure that an answer of the Web API stands for; 429 and the first 401 are handled before. */
export function failureOf(status: number, body: string, path: string): SpotifyFailure {
  const said = messageOf(body);
  const told = said === '' ? '' : ` ("${said}")`;
  if (status === 401) {
    return new SpotifyFailure(
      'login_needed',
      `Spotify does not accept the sign-in for ${path}${told}.`,
    );
  }
  if (status === 403) {
    return /scope/i.test(said)
      ? new SpotifyFailure('login_needed', `The sign-in does not allow ${path}${told}.`)
      : new SpotifyFailure(
          'forbidden',
          `Spotify forbids ${path}${told}: the app in development mode must name this person, and its owner needs Premium.`,
        );
  }
  if (status === 404)
    return new SpotifyFailure('not_found', `Spotify has nothing at ${path}${told}.`);
  return new SpotifyFailure('unavailable', `Spotify answered ${status} for ${path}${told}.`);
}
