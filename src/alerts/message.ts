import type { Notice } from './alert-book.ts';

/** Problems that one message tells of; more are counted. */
const mostInMessage = 20;
const longestDetail = 600;

export interface Message {
  /** One line: how many, and the first. */
  readonly subject: string;
  readonly lines: readonly MessageLine[];
  /** Notices that found no room. */
  readonly more: number;
}

export interface MessageLine {
  readonly kind: Notice['kind'];
  readonly severity: Notice['alert']['severity'];
  readonly title: string;
  readonly detail: string;
  readonly since: string;
  readonly until: string | undefined;
  readonly runbook: string;
}

export const marks: Readonly<Record<Notice['kind'], string>> = {
  raised: 'PROBLEM',
  worse: 'WORSE',
  reminder: 'STILL',
  resolved: 'RECOVERED',
};

/**
 * One message for everything that has to be told: worst first, recoveries last.
 * @param runbooksUrl where the runbooks can be read; their path in the repository when undefined.
 */
export function messageOf(notices: readonly Notice[], runbooksUrl: string | undefined): Message {
  const rank = ({ kind, alert }: Notice) =>
    kind === 'resolved' ? 2 : alert.severity === 'critical' ? 0 : 1;
  const sorted = [...notices].sort((a, b) => rank(a) - rank(b) || a.at.localeCompare(b.at));
  const lines = sorted.slice(0, mostInMessage).map(({ kind, alert, at }) => ({
    kind,
    severity: alert.severity,
    title: alert.title,
    detail:
      alert.detail.length > longestDetail
        ? `${alert.detail.slice(0, longestDetail - 1)}…`
        : alert.detail,
    since: alert.since,
    until: kind === 'resolved' ? at : undefined,
    runbook: runbookAddress(alert.runbook, runbooksUrl),
  }));
  const recovered = notices.filter(({ kind }) => kind === 'resolved').length;
  const problems = notices.length - recovered;
  const counts = [
    ...(problems > 0 ? [`${problems} ${problems === 1 ? 'problem' : 'problems'}`] : []),
    ...(recovered > 0 ? [`${recovered} recovered`] : []),
  ].join(', ');
  return {
    subject: `Tonearm: ${counts}: ${lines[0]!.title}${notices.length > 1 ? ' …' : ''}`,
    lines,
    more: notices.length - lines.length,
  };
}

/** Where a runbook is: an address stays; a name is a page of docs/runbooks. */
export function runbookAddress(runbook: string, base: string | undefined): string {
  if (/^https?:\/\//.test(runbook)) return runbook;
  const name = `${runbook.replace(/^.*docs\/runbooks\//, '').replace(/\.md$/, '')}.md`;
  return base === undefined ? `docs/runbooks/${name}` : `${base.replace(/\/+$/, '')}/${name}`;
}

/** The message as plain text. */
export function plainText(message: Message): string {
  const parts = message.lines.map((line) =>
    [
      `${marks[line.kind]} (${line.severity}): ${line.title}`,
      ...(line.detail === '' || line.kind === 'resolved' ? [] : [line.detail]),
      `Since ${line.since}${line.until === undefined ? '' : ` until ${line.until}`}`,
      `Runbook: ${line.runbook}`,
    ].join('\n'),
  );
  if (message.more > 0) parts.push(`and ${message.more} more: ./tonearm alerts list`);
  return parts.join('\n\n');
}
