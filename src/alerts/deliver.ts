import type { Config } from '../config.ts';
import { TonearmError } from '../errors.ts';
import { type AlertBook, markDelivered, type Notice } from './alert-book.ts';
import { changeBook, readBook, takeLock } from './book-file.ts';
import { sendMail } from './mail.ts';
import { type Message, messageOf } from './message.ts';
import { sendWebhook } from './webhook.ts';

/** Three tries of two channels fit. */
const deliveryMs = 120_000;

export type AlertConfig = Pick<Config, 'dataDirectory' | 'alerts'>;

/** Ways to a person. */
export interface Channel {
  readonly name: 'webhook' | 'mail';
  send(message: Message): Promise<void>;
}

/** The channels that the settings name. */
export function channelsOf({ alerts }: AlertConfig): Channel[] {
  const { webhook, mail } = alerts;
  return [
    ...(webhook === undefined
      ? []
      : [{ name: 'webhook', send: (message) => sendWebhook(webhook, message) } satisfies Channel]),
    ...(mail === undefined
      ? []
      : [{ name: 'mail', send: (message) => sendMail(mail, message) } satisfies Channel]),
  ];
}

/**
 * Sends what waits, as one message a channel. A channel that fails gets it the next time; the
 * other has it by then, and does not get it again. One process delivers at a time; who waits for it finds
 * less to do. A crash between sending and noting it sends twice: rather that than never.
 * @returns notices that were sent now, of any channel.
 * @throws TonearmError TNA_ALERTS_UNDELIVERED, TNA_ALERTS_BUSY
 */
export async function deliver(config: AlertConfig): Promise<number> {
  if ((await readBook(config)).notices.length === 0) return 0;
  const lock = await takeLock(config, 'alerts-delivery.lock', deliveryMs);
  try {
    return await deliverAlone(config);
  } finally {
    lock.release();
  }
}

async function deliverAlone(config: AlertConfig): Promise<number> {
  const problems: string[] = [];
  const sent = new Set<Notice>();
  const { notices } = await readBook(config);
  for (const channel of channelsOf(config)) {
    const waiting = notices.filter((notice) => notice.waiting.includes(channel.name));
    if (waiting.length === 0) continue;
    try {
      await channel.send(messageOf(waiting, config.alerts.runbooksUrl));
    } catch (error) {
      problems.push(`${channel.name}: ${(error as Error).message}`);
      continue;
    }
    for (const notice of waiting) sent.add(notice);
    await changeBook(config, (book) => markDelivered(book, channel.name, waiting));
  }
  await dropForgottenChannels(config, notices);
  if (problems.length > 0) {
    throw new TonearmError(
      'TNA_ALERTS_UNDELIVERED',
      `Alerts could not be delivered: ${problems.join('; ')}.`,
      { remedy: 'They are kept and go out with the next check; ./tonearm alerts list shows them.' },
    );
  }
  return sent.size;
}

/** A channel that was taken out of the settings must not hold notices for ever. */
async function dropForgottenChannels(config: AlertConfig, notices: readonly Notice[]) {
  const names = channelsOf(config).map(({ name }) => name as string);
  const forgotten = new Set(
    notices.flatMap(({ waiting }) => waiting.filter((name) => !names.includes(name))),
  );
  for (const name of forgotten) {
    await changeBook(config, (book: AlertBook) => markDelivered(book, name, book.notices));
  }
}
