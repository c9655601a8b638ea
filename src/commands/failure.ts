import { TonearmError } from '../errors.ts';
import { isPassing } from '../pipeline.ts';

/** Failures that end by themselves. */
const again = new Set<string>(['TNA_PIPELINE_BUSY', 'TNA_ALERTS_BUSY', 'TNA_ALERTS_UNDELIVERED']);

/**
 * Tells a person what failed and what to do, on stderr, and a program on stdout under --json.
 * @returns the exit code: 2 wrong usage, 75 try again, 1 failed for good.
 */
export function reportFailure(error: unknown, json: boolean): 1 | 2 | 75 {
  const known = error instanceof TonearmError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const lines = known
    ? [`${message} [${known.code}]`, ...(known.remedy === undefined ? [] : [known.remedy])]
    : [`Unexpected failure: ${error instanceof Error ? error.stack : message}`];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (json) {
    const result = { error: { code: known?.code ?? 'UNEXPECTED', message, remedy: known?.remedy } };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  if (known?.code === 'TNA_USAGE') return 2;
  const busy = known !== undefined && again.has(known.code);
  return isPassing(error) || busy ? 75 : 1;
}
