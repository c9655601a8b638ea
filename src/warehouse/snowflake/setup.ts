/** What infra/snowflake makes in an account: its statements, with the names of one installation. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TonearmError } from '../../errors.ts';
import type { Ask } from './session.ts';

const folder = fileURLToPath(new URL('../../../infra/snowflake/', import.meta.url));

/** The names that the files leave open. */
export interface SetupNames {
  readonly database: string;
  readonly warehouse: string;
  /** The role that builds. */
  readonly role: string;
  /** The user of the pipeline, who exists. */
  readonly user: string;
  /** Most credits a month. */
  readonly credits: number;
  /** AWS role that Snowflake assumes to reach the bucket. */
  readonly storage_role: string;
  /** `s3://bucket/prefix/` */
  readonly lake: string;
}

export interface SetupStatement {
  readonly file: string;
  readonly sql: string;
}

/** Every statement in the order in which they are run. */
export async function setupStatements(names: SetupNames): Promise<SetupStatement[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const statements: SetupStatement[] = [];
  for (const file of files) {
    const text = await readFile(`${folder}${file}`, 'utf8');
    const filled = text
      .replaceAll(/^--.*$/gm, '')
      .replaceAll(/<% (\w+) %>/g, (_, name: keyof SetupNames) => plain(name, names[name]));
    for (const sql of filled.split(/;\s*(?:\n|$)/)) {
      if (sql.trim() !== '') statements.push({ file, sql: sql.trim() });
    }
  }
  return statements;
}

/** Nothing that would end the literal or the name it is put into. */
function plain(name: string, value: unknown): string {
  const text = String(value ?? '');
  if (/^[\w$:/.+=@-]+$/.test(text)) return text;
  throw new TonearmError('TNA_USAGE', `"${text}" cannot be used as ${name}.`, {
    remedy: 'docs/guides/snowflake.md shows an example of each name.',
  });
}

/**
 * Runs every statement. What the first run made, the next one finds: it can be repeated at any time.
 * @throws TonearmError TNA_WAREHOUSE_REFUSED, naming the file
 */
export async function applySetup(
  ask: Ask,
  names: SetupNames,
  onFile: (file: string, statements: number) => void = () => undefined,
): Promise<number> {
  const statements = await setupStatements(names);
  const counts = new Map<string, number>();
  for (const { file, sql } of statements) {
    try {
      await ask(sql);
    } catch (error) {
      const cause = error as TonearmError;
      throw new TonearmError('TNA_WAREHOUSE_REFUSED', `infra/snowflake/${file}: ${cause.message}`, {
        cause,
        remedy:
          'Nothing is undone. Sign in as a user that may use ACCOUNTADMIN, correct what is named, then run ./tonearm warehouse setup again.',
      });
    }
    counts.set(file, (counts.get(file) ?? 0) + 1);
    const isLast = statements.findLast((one) => one.file === file)!.sql === sql;
    if (isLast) onFile(file, counts.get(file)!);
  }
  return statements.length;
}
