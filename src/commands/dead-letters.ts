import { type EventTopic, eventTopics } from '../../contracts/index.ts';
import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import {
  type DeadLetterFilter,
  type DeadLetterState,
  isEventTopic,
  openDeadLetters,
  type StoredDeadLetter,
} from '../lake/read-dead-letters.ts';
import { replayDeadLetters } from '../lake/replay-dead-letters.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { instant } from './instant.ts';

export interface DeadLettersOptions {
  code?: string;
  topic?: string;
  field?: string;
  from?: string;
  to?: string;
  state?: DeadLetterState;
  limit: number;
  dryRun?: boolean;
}

/** `tonearm dead-letters list` and `replay`: what was refused, and a second try after a fix. */
export async function deadLetters(
  context: CommandContext,
  options: DeadLettersOptions,
  [verb]: string[],
): Promise<CommandResult> {
  if (verb !== 'list' && verb !== 'replay') {
    throw new TonearmError('TNA_USAGE', `dead-letters ${verb} is not known.`, {
      remedy: 'Write ./tonearm dead-letters list or ./tonearm dead-letters replay.',
    });
  }
  const filter = filterOf(options);
  return verb === 'list'
    ? await list(context, filter, options.limit)
    : await replay(context, filter, options.dryRun ?? false);
}

function filterOf({ code, topic, field, from, to, state }: DeadLettersOptions): DeadLetterFilter {
  if (topic !== undefined && !isEventTopic(topic)) {
    throw new TonearmError('TNA_USAGE', `--topic is "${topic}".`, {
      remedy: `Choose one of ${eventTopics.join(', ')}.`,
    });
  }
  return {
    code,
    topic: topic as EventTopic | undefined,
    field,
    from: from === undefined ? undefined : instant('--from', from),
    to: to === undefined ? undefined : instant('--to', to),
    state,
  };
}

async function list(
  context: CommandContext,
  filter: DeadLetterFilter,
  limit: number,
): Promise<CommandResult> {
  const letters = await openDeadLetters(await openLake(context.config, context.clock));
  try {
    const reasons = await letters.reasons(filter);
    const shown = await letters.list(filter, limit);
    if (reasons.length === 0) {
      return { result: { reasons, letters: [] }, text: 'No dead letters fit.', exitCode: 99 };
    }
    const counts = reasons.map(
      (reason) =>
        `${String(reason.waiting).padStart(8)} waiting ${String(reason.replayed).padStart(8)} replayed  ${reason.topic.padEnd(6)} ${reason.code}${reason.field === null ? '' : ` (${reason.field})`}, newest ${reason.last_received_at}`,
    );
    return {
      result: { reasons, letters: shown },
      text: [...counts, '', ...shown.map(lineOf)].join('\n'),
    };
  } finally {
    letters.close();
  }
}

function lineOf(letter: StoredDeadLetter): string {
  const state = letter.replayed_at === null ? '' : `  replayed ${letter.replayed_at}`;
  const raw = letter.raw.length > 160 ? `${letter.raw.slice(0, 159)}…` : letter.raw;
  return `${letter.received_at}  ${letter.dead_letter_id}  ${letter.message}${state}\n    ${raw}`;
}

async function replay(
  context: CommandContext,
  filter: DeadLetterFilter,
  dryRun: boolean,
): Promise<CommandResult> {
  if (filter.state !== undefined) {
    throw new TonearmError('TNA_USAGE', '--state goes with list: replay takes those that wait.', {
      remedy: 'Leave --state out.',
    });
  }
  const { clock, signal, config } = context;
  const lake = await openLake(config, clock);
  return await withLog(context, async (log) => {
    const result = await replayDeadLetters({ lake, log, clock, filter, dryRun, signal });
    const sum = (counts: Record<string, number>) =>
      Object.values(counts).reduce((total, count) => total + count, 0);
    const replayed = sum(result.replayed);
    const refused = sum(result.refused);
    const codes = Object.entries(result.refused).map(([code, count]) => `${code} ${count}`);
    return {
      result: { ...result, dry_run: dryRun },
      text:
        result.looked_at === 0
          ? 'No dead letter that waits fits.'
          : `${replayed} of ${result.looked_at} keep their contract now and ${dryRun ? 'would be sent' : 'were sent'} again${refused === 0 ? '.' : `; ${refused} are refused still (${codes.join(', ')}).`}`,
      exitCode: replayed === 0 ? 99 : 0,
    };
  });
}
