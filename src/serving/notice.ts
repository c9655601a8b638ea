import type { RunRecord } from '../run-records.ts';

/**
 * What a reader of the dashboards must know: that the newest data did not pass, so that what is
 * shown is older. Undefined when there is nothing to say.
 * @param publishedAt when the shown marts were published, RFC 3339.
 */
export function staleNotice(
  lastRun: RunRecord | undefined,
  publishedAt: string | undefined,
  martsProblem: string | undefined,
): string | undefined {
  const shown =
    publishedAt === undefined
      ? 'Nothing has been published yet.'
      : `What you see was published at ${publishedAt}.`;
  if (martsProblem !== undefined)
    return `The newest marts cannot be shown: ${martsProblem} ${shown}`;
  if (lastRun?.status !== 'failed') return undefined;
  return `${reasonOf(lastRun)} ${shown}`;
}

function reasonOf({ tests, error, finished_at: at }: RunRecord): string {
  if (tests.failed > 0) {
    const [first] = tests.failures.filter(({ severity }) => severity === 'error');
    const named = first === undefined ? '' : ` (${first.name}: ${first.message})`;
    const many = tests.failed === 1 ? '1 test' : `${tests.failed} tests`;
    return `${many} failed in the run that ended at ${at}${named}, so its data is held back.`;
  }
  const why = error === undefined ? '' : `: ${error.message}`;
  return `The run that ended at ${at} failed${why.replace(/\.?$/, '.')}`;
}
