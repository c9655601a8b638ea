import pRetry from 'p-retry';
import { type Message, marks } from './message.ts';

const tries = 3;
const requestMs = 10_000;
/** Slack's limit for the text of a section. */
const longestSection = 2900;

const colours = { critical: '#d7263d', warning: '#e0a100', resolved: '#2a9d5c' };

/** A message in Slack's format, which Mattermost and others take too. */
export function slackBody(message: Message): object {
  const attachments = message.lines.map((line) => {
    const title = `*${marks[line.kind]}: ${escapeText(line.title)}*`;
    const detail = line.kind === 'resolved' ? '' : escapeText(line.detail);
    const runbook = /^https?:/.test(line.runbook)
      ? `<${line.runbook}|Runbook>`
      : `Runbook: ${escapeText(line.runbook)}`;
    const until = line.until === undefined ? '' : ` until ${line.until}`;
    const context = `${line.severity} · since ${line.since}${until} · ${runbook}`;
    return {
      color: line.kind === 'resolved' ? colours.resolved : colours[line.severity],
      fallback: `${marks[line.kind]}: ${line.title}`,
      blocks: [
        {
          type: 'section',
          text: { type: 'mrkdwn', text: clip([title, detail].join('\n').trim()) },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: clip(context) }] },
      ],
    };
  });
  const more = message.more > 0 ? ` (and ${message.more} more: ./tonearm alerts list)` : '';
  return { text: escapeText(message.subject) + more, attachments };
}

/**
 * Posts a message. Answers that may pass (429, 5xx, no answer) are tried again.
 * The address is a secret: it is in no message.
 */
export async function sendWebhook(url: string, message: Message): Promise<void> {
  const body = JSON.stringify(slackBody(message));
  await pRetry(
    async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(requestMs),
      }).catch((error) => {
        throw new Error(`the webhook does not answer (${reasonOf(error)})`);
      });
      const text = (await response.text().catch(() => '')).slice(0, 200);
      if (!response.ok) throw new WebhookRefusal(response.status, text);
    },
    {
      retries: tries - 1,
      minTimeout: 300,
      shouldRetry: ({ error }) => !(error instanceof WebhookRefusal) || error.mayPass,
    },
  );
}

class WebhookRefusal extends Error {
  readonly mayPass: boolean;
  constructor(status: number, text: string) {
    super(`the webhook answered ${status}${text === '' ? '' : ` (${text})`}`);
    this.mayPass = status === 429 || status >= 500;
  }
}

/** Fetch hides the reason, and its own sentences may hold the address. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string }; name?: string };
  return cause?.code ?? name ?? 'unknown';
}

/** The three characters that Slack wants escaped. */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const clip = (text: string): string =>
  text.length > longestSection ? `${text.slice(0, longestSection - 1)}…` : text;
