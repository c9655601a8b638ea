import {
  type Alert,
  channelsOf,
  checkRules,
  deliver,
  type FiringAlert,
  raiseAlert,
  readBook,
  resolveAlert,
  runbookAddress,
  severities,
} from '../alerts/index.ts';
import { TonearmError } from '../errors.ts';
import { type Lake, openLake } from '../lake/index.ts';
import type { EventLog } from '../log/index.ts';
import { collectFacts } from '../pipeline-facts.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { instant } from './instant.ts';

export interface AlertsOptions {
  key?: string;
  title?: string;
  detail?: string;
  since?: string;
  severity?: string;
  runbook?: string;
}

/** `tonearm alerts raise, resolve, check, list, test`. */
export async function alerts(
  context: CommandContext,
  options: AlertsOptions,
  [verb]: string[],
): Promise<CommandResult> {
  const { config, clock } = context;
  switch (verb) {
    case 'raise': {
      const alert = alertOf(options, clock());
      const isNew = await raiseAlert(config, alert, clock);
      return {
        result: { key: alert.key, new: isNew },
        text: isNew ? `Raised ${alert.key}.` : `${alert.key} is raised already.`,
      };
    }
    case 'resolve': {
      const key = required('--key', options.key);
      const fired = await resolveAlert(config, key, clock);
      return {
        result: { key, resolved: fired },
        text: fired ? `Resolved ${key}.` : `${key} was not raised.`,
        exitCode: fired ? 0 : 99,
      };
    }
    case 'check':
      return await withLog(context, async (log) => {
        const lake = await openLake(config, clock);
        const { firing, sent } = await checkAlerts(context, { log, lake });
        return { result: { firing, sent }, text: listOf(context, firing) };
      });
    case 'list': {
      const { firing, resolved, notices } = await readBook(config);
      const result = { firing, resolved, undelivered: notices.length, channels: names(context) };
      return { result, text: listOf(context, firing) };
    }
    case 'test':
      return await sendTest(context);
    default:
      throw new TonearmError('TNA_USAGE', `alerts ${verb} is not known.`, {
        remedy: 'Write ./tonearm alerts raise, resolve, check, list or test.',
      });
  }
}

/** Judges the pipeline as it is now and sends what is new. */
export async function checkAlerts(
  { config, clock }: Pick<CommandContext, 'config' | 'clock'>,
  { log, lake }: { log: EventLog; lake: Lake },
): Promise<{ firing: readonly FiringAlert[]; sent: number }> {
  const facts = await collectFacts({ config, log, lake, now: clock() });
  const { book, sent } = await checkRules(config, facts);
  return { firing: book.firing, sent };
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value.trim() !== '') return value.trim();
  throw new TonearmError('TNA_USAGE', `${name} is missing.`, {
    remedy: 'Write ./tonearm alerts raise --key KEY --title TITLE --runbook PAGE.',
  });
}

function alertOf(options: AlertsOptions, now: number): Omit<Alert, 'origin'> {
  const severity = severities.find((one) => one === (options.severity ?? 'critical'));
  if (severity === undefined) {
    throw new TonearmError('TNA_USAGE', `--severity is "${options.severity}".`, {
      remedy: `Choose ${severities.join(' or ')}.`,
    });
  }
  return {
    key: required('--key', options.key),
    title: required('--title', options.title),
    detail: options.detail ?? '',
    severity,
    since: new Date(
      options.since === undefined ? now : instant('--since', options.since),
    ).toISOString(),
    runbook: required('--runbook', options.runbook),
  };
}

const names = ({ config }: CommandContext) => channelsOf(config).map(({ name }) => name);

function listOf(context: CommandContext, firing: readonly FiringAlert[]): string {
  const channels = names(context);
  const told =
    channels.length === 0
      ? 'Nobody is told: set TONEARM_ALERT_WEBHOOK or TONEARM_ALERT_SMTP.'
      : `Told by ${channels.join(' and ')}.`;
  const lines = firing.map(
    (alert) =>
      `${alert.severity.padEnd(8)} ${alert.title}, since ${alert.since} (${alert.key})\n         ${alert.detail}\n         ${runbookAddress(alert.runbook, context.config.alerts.runbooksUrl)}`,
  );
  return [...(lines.length === 0 ? ['No alert.'] : lines), told].join('\n');
}

/** A message through every channel, which leaves nothing behind. */
async function sendTest(context: CommandContext): Promise<CommandResult> {
  const { config, clock } = context;
  const channels = names(context);
  if (channels.length === 0) {
    throw new TonearmError('TNA_USAGE', 'No channel is set.', {
      remedy: 'Set TONEARM_ALERT_WEBHOOK, or TONEARM_ALERT_SMTP and TONEARM_ALERT_TO.',
    });
  }
  const since = new Date(clock()).toISOString();
  const key = 'test';
  const title = 'This is a test';
  const detail = 'Alerts arrive here; nothing is wrong.';
  const alert = { key, title, detail, severity: 'warning' as const, since, runbook: 'README' };
  await raiseAlert(config, alert, clock);
  await resolveAlert(config, key, clock);
  await deliver(config);
  return { result: { channels }, text: `Sent through ${channels.join(' and ')}.` };
}
