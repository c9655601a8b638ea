import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A copy of the dbt project in a folder, with another value for one of its numbers: the path of the copy. */
export async function changedProject(
  folder: string,
  variable: string,
  value: number,
): Promise<string> {
  const project = join(folder, 'dbt');
  await cp(join(import.meta.dirname, '../../dbt'), project, { recursive: true });
  const path = join(project, 'dbt_project.yml');
  const settings = await readFile(path, 'utf8');
  const changed = settings.replace(new RegExp(`  ${variable}: \\d+`), `  ${variable}: ${value}`);
  assert.notEqual(changed, settings);
  await writeFile(path, changed);
  return project;
}
