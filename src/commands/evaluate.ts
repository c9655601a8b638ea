import { writeFileSync } from 'node:fs';
import { asDiskError } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import {
  choose,
  type Method,
  readInteractions,
  readTest,
  recommend,
  scoreAgainst,
  type TestScores,
  toTable,
  usersWithout,
} from '../recommend/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

const listed = 20;

/** Names that stand for several methods. */
const groups: Record<string, readonly string[]> = {
  auto: ['popularity', 'cosine', 'bm25', 'rp3beta', 'als', 'ease'],
  blend: ['als', 'ease'],
};

export interface EvaluateOptions {
  train: string;
  test?: string;
  recommendations: string;
  method: string;
  seed: number;
}

/** `tonearm evaluate`: recommendations for every user of a file, scored where there is a test file. */
export async function evaluate(
  context: CommandContext,
  options: EvaluateOptions,
): Promise<CommandResult> {
  const { method, seed } = options;
  const train = readInteractions(options.train);
  // Read first, so that a bad file ends the command before the work; only names of users that train lacks count.
  const test = options.test === undefined ? undefined : readTest(options.test);
  const cold = test === undefined ? [] : usersWithout(train, test);
  const started = context.clock();
  const choice = choose(train.matrix, {
    seed,
    allow: ({ name }) => (groups[method] ?? [method]).includes(name),
    onTrial: (trial) => context.progress(`tried ${describe(trial.method)}`),
  });
  const ranked = recommend(train.matrix, choice.parts, { seed, count: listed });
  const seconds = (context.clock() - started) / 1000;
  try {
    writeFileSync(options.recommendations, toTable(ranked, train, cold));
  } catch (error) {
    throw unwritable(options.recommendations, error);
  }
  const scores = test === undefined ? undefined : scoreAgainst(ranked, train, test);
  const { parts, validation, splits } = choice;
  return {
    result: {
      ...scores,
      method,
      parts,
      'validation_ndcg@10': splits === 0 ? null : Math.round(validation * 1e6) / 1e6,
      splits,
      train_users: train.users.length,
      train_items: train.items.length,
      seconds,
    },
    text: [
      `${train.users.length} users, ${train.items.length} items; ${seconds.toFixed(1)} s.`,
      `Chosen by ${splits} ${splits === 1 ? 'split' : 'splits'} inside train: ${parts
        .map((part) => `${part.weight} × ${describe(part.method)}`)
        .join(' + ')}.`,
      ...(scores === undefined ? [] : [scoreLine(scores)]),
    ].join('\n'),
  };
}

const scoreLine = (scores: TestScores): string =>
  `NDCG@10 ${scores['ndcg@10'].toFixed(4)}  Recall@10 ${scores['recall@10'].toFixed(4)}  Recall@20 ${scores['recall@20'].toFixed(4)}  coverage@10 ${scores['coverage@10'].toFixed(4)}  (${scores.users} users)`;

function describe({ name, ...parameters }: Method): string {
  const cells = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
  return cells.length === 0 ? name : `${name} (${cells.join(', ')})`;
}

function unwritable(path: string, error: unknown): unknown {
  const known = asDiskError(error, path);
  if (known instanceof TonearmError) return known;
  return new TonearmError('TNA_RECOMMEND_OUTPUT', `${path} cannot be written.`, {
    cause: error,
    remedy: 'Give a path in a folder that exists and can be written.',
  });
}
