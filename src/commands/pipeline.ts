import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TonearmError } from '../errors.ts';
import { exportedPipelines } from '../pipeline-schedules.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { instant } from './instant.ts';

const path = fileURLToPath(new URL('../../airflow/pipeline.json', import.meta.url));
const dayMs = 86_400_000;

export interface PipelineOptions {
  check?: boolean;
  from?: string;
  to?: string;
  days: number;
}

/** `tonearm pipeline export`: the definition for other engines; `pieces`: a range cut into days. */
export async function pipeline(
  context: CommandContext,
  options: PipelineOptions,
  [verb]: string[],
): Promise<CommandResult> {
  switch (verb) {
    case 'export':
      return await exportDefinition(options.check === true);
    case 'pieces':
      return pieces(context, options);
    default:
      throw new TonearmError('TNA_USAGE', `pipeline ${verb} is not known.`, {
        remedy: 'Write ./tonearm pipeline export or pieces.',
      });
  }
}

async function exportDefinition(checkOnly: boolean): Promise<CommandResult> {
  const content = `${JSON.stringify(exportedPipelines(), null, 2)}\n`;
  const before = await readFile(path, 'utf8').catch(() => undefined);
  const stale = before !== content;
  if (stale && !checkOnly) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const word = stale ? (checkOnly ? 'stale: run ./tonearm pipeline export' : 'written') : 'current';
  return {
    result: { path: 'airflow/pipeline.json', stale },
    text: `airflow/pipeline.json is ${word}.`,
    exitCode: stale && checkOnly ? 1 : 0,
  };
}

/** The result is the list itself: one run of a command for each. */
function pieces(context: CommandContext, options: PipelineOptions): CommandResult {
  const from = instant('--from', options.from ?? '');
  const to = instant('--to', options.to ?? '');
  if (from >= to || options.days < 1) {
    throw new TonearmError('TNA_USAGE', 'The range is empty, or cut into less than a day.', {
      remedy: '--from must be before --to, --days at least 1.',
    });
  }
  const list: { from: string; to: string }[] = [];
  for (let begin = from; begin < to; begin += options.days * dayMs) {
    const end = Math.min(to, begin + options.days * dayMs);
    list.push({ from: new Date(begin).toISOString(), to: new Date(end).toISOString() });
  }
  if (!context.json) for (const piece of list) context.say(`${piece.from} ${piece.to}`);
  return { result: list };
}
