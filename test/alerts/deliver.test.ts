import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raiseAlert, readBook, resolveAlert } from '../../src/alerts/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';
import { mailReceiver, webhookReceiver } from './receivers.ts';

const start = Date.UTC(2026, 2, 10, 12);
const alert = (key: string, changes = {}) => ({
  key,
  title: `Task ${key} fails`,
  detail: 'exit code <1> & no more',
  severity: 'critical' as const,
  since: new Date(start).toISOString(),
  runbook: 'gold-is-stale',
  ...changes,
});

test('an alert is told once through every channel, and once more when it is over', async (t) => {
  const webhook = await webhookReceiver(t);
  const mail = await mailReceiver(t);
  const config = await temporaryConfig(t, {
    TONEARM_ALERT_WEBHOOK: webhook.url,
    TONEARM_ALERT_SMTP: mail.url,
    TONEARM_ALERT_TO: 'ann@example.org, bob@example.org',
    TONEARM_ALERT_GROUP_SECONDS: '0',
    TONEARM_RUNBOOKS_URL: 'https://docs.example.org/runbooks/',
  });
  let now = start;
  const clock = () => now;
  assert.equal(await raiseAlert(config, alert('publish'), clock), true);
  assert.equal(await raiseAlert(config, alert('publish'), clock), false);
  assert.equal(webhook.messages.length, 1);
  const [message] = webhook.messages;
  assert.equal(message?.text, 'Tonearm: 1 problem: Task publish fails');
  const text = JSON.stringify(message);
  assert.match(text, /exit code &lt;1&gt; &amp; no more/);
  assert.match(text, /critical · since 2026-03-10T12:00:00.000Z/);
  assert.match(text, /<https:\/\/docs.example.org\/runbooks\/gold-is-stale.md\|Runbook>/);
  assert.equal(mail.mails.length, 1);
  assert.deepEqual(mail.mails[0]?.to, ['ann@example.org', 'bob@example.org']);
  assert.match(mail.mails[0]!.text, /PROBLEM \(critical\): Task publish fails/);
  now += 600_000;
  assert.equal(await resolveAlert(config, 'publish', clock), true);
  assert.equal(await resolveAlert(config, 'publish', clock), false);
  assert.equal(webhook.messages.length, 2);
  assert.match(webhook.messages[1]!.attachments[0]!.fallback, /^RECOVERED: Task publish fails/);
  assert.match(JSON.stringify(webhook.messages[1]), /until 2026-03-10T12:10:00.000Z/);
  assert.match(mail.mails[1]!.text, /RECOVERED/);
  const book = await readBook(config);
  assert.deepEqual([book.firing.length, book.resolved.length, book.notices.length], [0, 1, 0]);
});

test('what fails together is one message', async (t) => {
  const webhook = await webhookReceiver(t);
  const config = await temporaryConfig(t, {
    TONEARM_ALERT_WEBHOOK: webhook.url,
    TONEARM_ALERT_GROUP_SECONDS: '0.5',
  });
  await Promise.all(
    ['a', 'b', 'c'].map((key, index) =>
      raiseAlert(config, alert(key, index === 2 ? {} : { severity: 'warning' }), () => start),
    ),
  );
  assert.equal(webhook.messages.length, 1);
  const [first] = webhook.messages;
  assert.equal(first?.attachments.length, 3);
  assert.match(first!.text, /3 problems: Task c fails …/);
});

test('a channel that fails gets it later; the other is not told twice; no secret is in the message', async (t) => {
  const webhook = await webhookReceiver(t);
  const mail = await mailReceiver(t);
  const config = await temporaryConfig(t, {
    TONEARM_ALERT_WEBHOOK: webhook.url,
    TONEARM_ALERT_SMTP: mail.url,
    TONEARM_ALERT_TO: 'ann@example.org',
    TONEARM_ALERT_GROUP_SECONDS: '0',
  });
  const clock = () => start;
  webhook.statuses.push(503, 400);
  await assert.rejects(raiseAlert(config, alert('a'), clock), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'TNA_ALERTS_UNDELIVERED');
    assert.match(error.message, /webhook: the webhook answered 400 \(invalid_payload\)/);
    assert.doesNotMatch(error.message, /s3cret|p@ss|p%40ss/);
    return true;
  });
  assert.equal(mail.mails.length, 1);
  await raiseAlert(config, alert('a'), clock);
  assert.equal(webhook.messages.length, 1);
  assert.equal(mail.mails.length, 1);
});

test('a mail server that cannot be reached, or refuses the password, is named without it', async (t) => {
  const mail = await mailReceiver(t);
  for (const [url, reason] of [
    ['smtp://127.0.0.1:9', /mail: .*\((ECONNREFUSED|ESOCKET|ECONNECTION)\)/],
    [mail.url.replace('p%40ss', 'hunter2'), /mail: .*\(535\)/],
  ] as const) {
    const config = await temporaryConfig(t, {
      TONEARM_ALERT_SMTP: url,
      TONEARM_ALERT_TO: 'ann@example.org',
      TONEARM_ALERT_GROUP_SECONDS: '0',
    });
    await assert.rejects(
      raiseAlert(config, alert('a'), () => start),
      (error: Error) => {
        assert.match(error.message, reason);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});
