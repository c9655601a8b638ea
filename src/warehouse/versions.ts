/** The published versions that are still kept, and which of them was shown at a moment. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { TonearmError } from '../errors.ts';
import { type CurrentMarts, readCurrentMarts, swapPointer } from './publish.ts';

/** Every version that is kept, the oldest first. */
export async function listMarts(config: Pick<Config, 'martsDirectory'>): Promise<CurrentMarts[]> {
  const entries = await readdir(config.martsDirectory, { withFileTypes: true }).catch(() => []);
  const manifests = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map((entry) =>
        readFile(join(config.martsDirectory, entry.name, 'manifest.json'), 'utf8').catch(
          () => undefined,
        ),
      ),
  );
  return manifests
    .filter((text) => text !== undefined)
    .map((text) => JSON.parse(text) as CurrentMarts)
    .sort((left, right) => (left.version < right.version ? -1 : 1));
}

/**
 * The version of a name, or the newest that was published up to a moment.
 * @param asOf a version, or a time as RFC 3339 or YYYY-MM-DD.
 * @throws TonearmError TNA_QUERY_VERSION_GONE
 */
export async function martsAsOf(
  config: Pick<Config, 'martsDirectory'>,
  asOf: string,
): Promise<CurrentMarts> {
  const kept = await listMarts(config);
  const time = Date.parse(asOf);
  const found =
    kept.find((one) => one.version === asOf) ??
    kept.findLast((one) => Date.parse(one.published_at) <= time);
  if (found !== undefined) return found;
  throw new TonearmError('TNA_QUERY_VERSION_GONE', `No published version is kept for ${asOf}.`, {
    remedy:
      kept.length === 0
        ? 'Run ./tonearm run first.'
        : `Ask for one of these, or for a time after ${kept[0]!.published_at}: ${kept.map((one) => one.version).join(', ')}. TONEARM_MARTS_KEPT says how many are kept.`,
  });
}

/**
 * Shows an earlier version again: the pointer is swapped, no file is copied.
 * @param to a version; the one before what is shown when left out.
 * @returns what is shown now, and the version that was shown before.
 * @throws TonearmError TNA_QUERY_NOTHING_PUBLISHED, TNA_QUERY_VERSION_GONE
 */
export async function rollBack(
  config: Config,
  to?: string,
): Promise<{ current: CurrentMarts; before: string }> {
  const shown = await readCurrentMarts(config);
  if (shown === undefined) {
    throw new TonearmError('TNA_QUERY_NOTHING_PUBLISHED', 'No marts have been published yet.', {
      remedy: 'Run ./tonearm run first.',
    });
  }
  const kept = await listMarts(config);
  const current =
    to === undefined
      ? kept.findLast((one) => one.version < shown.version)
      : kept.find((one) => one.version === to);
  if (current === undefined) {
    const others = kept.filter((one) => one.version !== shown.version).map((one) => one.version);
    throw new TonearmError(
      'TNA_QUERY_VERSION_GONE',
      to === undefined
        ? `No version before ${shown.version} is kept.`
        : `Version ${to} is not kept.`,
      {
        remedy: others.length === 0 ? 'There is no other.' : `Kept are: ${others.join(', ')}.`,
      },
    );
  }
  await swapPointer(config.martsDirectory, current);
  return { current, before: shown.version };
}
