/** What is known about alerts: a value, and the functions that make the next one from it. */
import { z } from 'zod';

export const severities = ['warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

const moment = z.string();

export const alertSchema = z.object({
  /** Says what it is about: raising the same key again is not news. */
  key: z.string(),
  title: z.string(),
  detail: z.string().default(''),
  severity: z.enum(severities),
  /** When the trouble began, RFC 3339. */
  since: moment,
  /** Page that says what to do: a file name in docs/runbooks without `.md`, or an address. */
  runbook: z.string(),
  /** Who raised it: the rules resolve their own alerts alone. */
  origin: z.enum(['rule', 'call']),
});

const firing = alertSchema.extend({
  raised_at: moment,
  /** When people were last told. */
  told_at: moment,
  /** Since when its rule has nothing to say; absent while it fires. */
  calm_since: moment.optional(),
});

const resolved = alertSchema.extend({ raised_at: moment, resolved_at: moment });

const notice = z.object({
  kind: z.enum(['raised', 'worse', 'reminder', 'resolved']),
  alert: alertSchema,
  at: moment,
  /** Channels that have not taken it yet. */
  waiting: z.array(z.string()),
});

export const alertBook = z.object({
  firing: z.array(firing).default([]),
  /** Newest first. */
  resolved: z.array(resolved).default([]),
  notices: z.array(notice).default([]),
});

export type Alert = z.infer<typeof alertSchema>;
export type FiringAlert = z.infer<typeof firing>;
export type ResolvedAlert = z.infer<typeof resolved>;
export type Notice = z.infer<typeof notice>;
export type AlertBook = z.infer<typeof alertBook>;

export const emptyBook: AlertBook = { firing: [], resolved: [], notices: [] };

const resolvedKept = 200;

export interface BookOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Names of the channels that people are told by. */
  readonly channels: readonly string[];
  /** People are told again about what goes on for this long, ms. */
  readonly repeatMs: number;
  /** A rule's alert is over when the rule was silent for this long, ms: what flutters is one alert. */
  readonly calmMs: number;
}

/** Notes an alert. It is news when its key did not fire, got worse, or nobody was told for long. */
export function raise(book: AlertBook, alert: Alert, options: BookOptions): AlertBook {
  const at = new Date(options.now).toISOString();
  const known = book.firing.find(({ key }) => key === alert.key);
  const isWorse = known?.severity === 'warning' && alert.severity === 'critical';
  const isOld = known !== undefined && options.now - Date.parse(known.told_at) >= options.repeatMs;
  const kind = known === undefined ? 'raised' : isWorse ? 'worse' : isOld ? 'reminder' : undefined;
  const next: FiringAlert = {
    ...alert,
    // The trouble began when it was first seen to: later looks know less.
    since: known !== undefined && known.since < alert.since ? known.since : alert.since,
    raised_at: known?.raised_at ?? at,
    told_at: kind === undefined ? known!.told_at : at,
  };
  return {
    ...book,
    firing: [...book.firing.filter(({ key }) => key !== alert.key), next],
    notices: kind === undefined ? book.notices : withNotice(book, kind, next, options),
  };
}

/** Notes that an alert is over; nothing changes when it did not fire. */
export function resolve(book: AlertBook, key: string, options: BookOptions): AlertBook {
  const known = book.firing.find((one) => one.key === key);
  if (known === undefined) return book;
  const { told_at: _told, calm_since: _calm, ...alert } = known;
  const over = { ...alert, resolved_at: new Date(options.now).toISOString() };
  return {
    firing: book.firing.filter((one) => one.key !== key),
    resolved: [over, ...book.resolved].slice(0, resolvedKept),
    notices: withNotice(book, 'resolved', known, options),
  };
}

/** Takes in what the rules say now: raises it, and resolves what they have stopped saying for a while. */
export function applyRules(
  book: AlertBook,
  alerts: readonly Alert[],
  options: BookOptions,
): AlertBook {
  let next = alerts.reduce((sum, alert) => raise(sum, alert, options), book);
  const said = new Set(alerts.map(({ key }) => key));
  const at = new Date(options.now).toISOString();
  for (const alert of next.firing.filter(
    ({ key, origin }) => origin === 'rule' && !said.has(key),
  )) {
    const since = alert.calm_since ?? at;
    const calm = { ...alert, calm_since: since };
    next = { ...next, firing: next.firing.map((one) => (one.key === alert.key ? calm : one)) };
    if (options.now - Date.parse(since) >= options.calmMs) next = resolve(next, alert.key, options);
  }
  return next;
}

/** Notes that a channel has taken notices; what every channel has taken is forgotten. */
export function markDelivered(
  book: AlertBook,
  channel: string,
  taken: readonly Notice[],
): AlertBook {
  const same = (one: Notice) =>
    taken.some(
      (other) =>
        other.at === one.at && other.kind === one.kind && other.alert.key === one.alert.key,
    );
  const notices = book.notices.map((one) =>
    same(one) ? { ...one, waiting: one.waiting.filter((name) => name !== channel) } : one,
  );
  return { ...book, notices: notices.filter(({ waiting }) => waiting.length > 0) };
}

function withNotice(
  book: AlertBook,
  kind: Notice['kind'],
  known: FiringAlert,
  { now, channels }: BookOptions,
): Notice[] {
  if (channels.length === 0) return book.notices;
  const alert = alertSchema.parse(known);
  return [
    ...book.notices,
    { kind, alert, at: new Date(now).toISOString(), waiting: [...channels] },
  ];
}
