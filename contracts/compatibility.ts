/**
 * Compares today's schemas with the released ones in `contracts/released`, and fails on a
 * change that would break a producer or a consumer of the released version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaDocument } from './generate-json-schema.ts';
import { type TopicName, topics } from './index.ts';
import type { FieldSchema } from './lake-columns.ts';

interface Schema {
  properties: Record<string, FieldSchema>;
  required?: string[];
}

/** Changes that records valid under `released` may not survive under `next`, a sentence each. */
export function breakingChanges(released: Schema, next: Schema): string[] {
  const found: string[] = [];
  const wasRequired = new Set(released.required);
  const isRequired = new Set(next.required);
  for (const [name, before] of Object.entries(released.properties)) {
    const after = next.properties[name];
    if (after === undefined) {
      found.push(`The field ${name} was removed.`);
      continue;
    }
    if (isRequired.has(name) && !wasRequired.has(name))
      found.push(`The field ${name} became required.`);
    if (!isRequired.has(name) && wasRequired.has(name)) {
      found.push(`The field ${name} is no longer always there.`);
    }
    found.push(...narrowed(name, before, after));
  }
  for (const name of isRequired) {
    if (released.properties[name] === undefined) found.push(`The new field ${name} is required.`);
  }
  return found;
}

function narrowed(name: string, before: FieldSchema, after: FieldSchema): string[] {
  const found: string[] = [];
  if (before.type !== after.type)
    found.push(`The type of ${name} changed from ${before.type} to ${after.type}.`);
  if (before.const !== after.const) found.push(`The constant of ${name} changed.`);
  if (after.pattern !== undefined && after.pattern !== before.pattern) {
    found.push(`The pattern of ${name} changed.`);
  }
  for (const value of before.enum ?? []) {
    if (after.enum !== undefined && !after.enum.includes(value)) {
      found.push(`The value ${value} of ${name} was removed.`);
    }
  }
  if (before.enum === undefined && after.enum !== undefined)
    found.push(`The values of ${name} became limited.`);
  for (const bound of ['minimum', 'minLength'] as const) {
    if ((after[bound] ?? -Infinity) > (before[bound] ?? -Infinity))
      found.push(`The ${bound} of ${name} rose.`);
  }
  for (const bound of ['maximum', 'maxLength'] as const) {
    if ((after[bound] ?? Infinity) < (before[bound] ?? Infinity))
      found.push(`The ${bound} of ${name} fell.`);
  }
  return found;
}

if (import.meta.main) {
  for (const topic of Object.keys(topics) as TopicName[]) {
    const path = join(import.meta.dirname, 'released', `${topic}.schema.json`);
    const released = JSON.parse(readFileSync(path, 'utf8')) as Schema;
    for (const change of breakingChanges(released, schemaDocument(topic) as unknown as Schema)) {
      console.error(`${topic}: ${change}`);
      process.exitCode = 1;
    }
  }
}
