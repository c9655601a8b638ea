import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const folder = join(import.meta.dirname, '../fixtures/openlineage');

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
  ajv.addSchema(JSON.parse(readFileSync(join(folder, name), 'utf8')) as object);
}

/** Checks an event, and each of its facets by the schema that it names: what is wrong, nothing when all is right. */
export function breaches(event: unknown): string[] {
  const found = check('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent', event);
  return [...found, ...facetsOf(event).flatMap(([url, facet]) => check(url, facet))];
}

function check(url: string, value: unknown): string[] {
  const validate = ajv.getSchema(url);
  if (validate === undefined) return [`there is no schema ${url}`];
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${url} ${instancePath} ${message}`,
  );
}

/** Everything that names a schema of its own. */
function facetsOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  const url = (value as { _schemaURL?: unknown })._schemaURL;
  return [
    ...(typeof url === 'string' ? [[url, value] as [string, unknown]] : []),
    ...Object.values(value).flatMap((inner) => facetsOf(inner)),
  ];
}
