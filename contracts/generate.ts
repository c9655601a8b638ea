/**
 * Writes everything that is generated from the contracts: `npm run generate`.
 * With `--check` it writes nothing and fails when a file is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncApi } from './generate-asyncapi.ts';
import { generateDbtFiles } from './generate-dbt.ts';
import { contractsPage, errorsPage } from './generate-docs.ts';
import { schemaDocument } from './generate-json-schema.ts';
import { modelsPage } from './generate-models-page.ts';
import { generateSnowflakeFiles } from './generate-snowflake.ts';
import { topics } from './index.ts';
import { lakeColumns, partitionColumns } from './lake-columns.ts';
import { lakeTableNames } from './lake-tables.ts';

const root = join(import.meta.dirname, '..');
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

/** Every generated file, with its path from the root of the repository. */
export function generatedFiles(): GeneratedFile[] {
  const names = Object.keys(topics) as (keyof typeof topics)[];
  const tables = lakeTableNames.map((name) => [name, [...lakeColumns(name), ...partitionColumns]]);
  const dbtFiles = generateDbtFiles();
  const dbtTexts = new Map(dbtFiles.map(({ path, content }) => [path, content]));
  return [
    ...names.map((name) => ({
      path: `contracts/generated/${name}.schema.json`,
      content: json(schemaDocument(name)),
    })),
    { path: 'contracts/generated/asyncapi.json', content: json(asyncApi()) },
    { path: 'contracts/generated/lake-columns.json', content: json(Object.fromEntries(tables)) },
    { path: 'docs/reference/contracts.md', content: contractsPage() },
    { path: 'docs/reference/errors.md', content: errorsPage() },
    { path: 'docs/reference/models.md', content: modelsPage(root, dbtTexts) },
    ...dbtFiles,
    ...generateSnowflakeFiles(),
  ];
}

if (import.meta.main) {
  const files = generatedFiles();
  const stale = files.filter(({ path, content }) => {
    const full = join(root, path);
    return !existsSync(full) || readFileSync(full, 'utf8') !== content;
  });
  if (process.argv.includes('--check')) {
    for (const { path } of stale) console.error(`${path} is stale: run npm run generate.`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const { path, content } of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      console.log(`wrote ${path}`);
    }
  }
}
