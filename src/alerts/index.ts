/**
 * Alerts: what is wrong, since when, how bad, and the page that says what to do. Told once, through
 * every channel that is set, and once more when it is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Alert,
  type AlertBook,
  applyRules,
  type BookOptions,
  raise,
  resolve,
} from './alert-book.ts';
import { changeBook } from './book-file.ts';
import { type AlertConfig, channelsOf, deliver } from './deliver.ts';
import { judge, type PipelineFacts } from './rules.ts';

export {
  type Alert,
  type AlertBook,
  type FiringAlert,
  type ResolvedAlert,
  severities,
} from './alert-book.ts';
export { readBook } from './book-file.ts';
export { type AlertConfig, channelsOf, deliver } from './deliver.ts';
export { messageOf, runbookAddress } from './message.ts';
export type { HourVolume, PipelineFacts } from './rules.ts';

/** A rule's alert is over after this long without a word from it. */
const calmMs = 120_000;

const optionsOf = (config: AlertConfig, now: number): BookOptions => ({
  now,
  channels: channelsOf(config).map(({ name }) => name),
  repeatMs: config.alerts.repeatMs,
  calmMs,
});

/**
 * Raises an alert. Before it is sent there is a short wait, so that what fails together is one message.
 * @returns false when the key fires already and nothing is new about it.
 * @throws TonearmError TNA_ALERTS_UNDELIVERED; the alert is noted all the same.
 */
export async function raiseAlert(
  config: AlertConfig,
  alert: Omit<Alert, 'origin'>,
  clock: () => number,
): Promise<boolean> {
  let isNew = false;
  const book = await changeBook(config, (before) => {
    isNew = !before.firing.some(({ key }) => key === alert.key);
    return raise(before, { ...alert, origin: 'call' }, optionsOf(config, clock()));
  });
  await sendTogether(config, book);
  return isNew;
}

/**
 * Says that an alert is over.
 * @returns false when it did not fire.
 * @throws TonearmError TNA_ALERTS_UNDELIVERED
 */
export async function resolveAlert(
  config: AlertConfig,
  key: string,
  clock: () => number,
): Promise<boolean> {
  let fired = false;
  const book = await changeBook(config, (before) => {
    fired = before.firing.some((one) => one.key === key);
    return resolve(before, key, optionsOf(config, clock()));
  });
  await sendTogether(config, book);
  return fired;
}

/**
 * Judges the facts, notes what is new and what is over, and sends it.
 * @throws TonearmError TNA_ALERTS_UNDELIVERED
 */
export async function checkRules(
  config: AlertConfig,
  facts: PipelineFacts,
): Promise<{ book: AlertBook; sent: number }> {
  const alerts = judge(facts, config.alerts);
  const book = await changeBook(config, (before) =>
    applyRules(before, alerts, optionsOf(config, facts.now)),
  );
  return { book, sent: await deliver(config) };
}

async function sendTogether(config: AlertConfig, book: AlertBook): Promise<void> {
  if (book.notices.length === 0) return;
  await delay(config.alerts.groupMs);
  await deliver(config);
}
