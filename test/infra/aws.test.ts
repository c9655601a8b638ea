import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, type Tags } from 'yaml';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

// CloudFormation's short forms, as the objects that they stand for.
const customTags: Tags = [
  ...['Ref', 'Sub', 'GetAtt'].map((name) => ({
    tag: `!${name}`,
    resolve: (value: string) => ({ [name]: value }),
  })),
  ...['Not', 'Equals'].map((name) => ({
    tag: `!${name}`,
    collection: 'seq' as const,
    identify: () => false,
  })),
];

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
}
interface Template {
  Parameters: Record<string, unknown>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, { Type: string; Condition?: string; Properties: unknown }>;
  Outputs: Record<string, unknown>;
}
const template = parse(text('infra/aws/lake.yaml'), { customTags }) as Template;

/** Every value below `node` that stands under the key `name`. */
function under(node: unknown, name: string): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [
    ...(key === name ? [value] : []),
    ...under(value, name),
  ]);
}

const statements = (resource: string) =>
  under(template.Resources[resource], 'Statement').flat() as Statement[];

test('every name that the template of the bucket refers to is declared in it', () => {
  const known = [...Object.keys(template.Parameters), ...Object.keys(template.Resources)];
  const names = [
    ...under(template, 'Ref').map(String),
    ...under(template, 'GetAtt').map((value) => String(value).split('.')[0]!),
    ...under(template, 'Sub').flatMap((value) =>
      [...String(value).matchAll(/\$\{([A-Za-z]+)[.}]/g)].map((match) => match[1]!),
    ),
  ];
  assert.ok(names.length > 10);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );
  const conditions = under(template, 'Condition').filter((value) => typeof value === 'string');
  assert.deepEqual(
    conditions.filter((name) => !Object.keys(template.Conditions).includes(String(name))),
    [],
  );
});

test('nothing is allowed on everything, and only the policy against plain HTTP names everybody', () => {
  for (const resource of Object.keys(template.Resources)) {
    for (const { Effect, Action, Resource, Principal } of statements(resource)) {
      if (Effect === 'Deny') continue;
      assert.ok(![Action].flat().some((action) => action.includes('*')), resource);
      assert.notEqual(Resource, '*', resource);
      assert.notEqual(Principal, '*', resource);
    }
  }
  assert.equal(statements('OnlyOverTls')[0]?.Effect, 'Deny');
});

test('the writer of the template may do what the guide asks for, and nothing else', () => {
  const guide = /```json\n(.*?)```/s.exec(text('docs/guides/lake-on-s3.md'))?.[1] ?? '';
  const asked = (JSON.parse(guide) as { Statement: Statement[] }).Statement;
  const actions = (of: Statement[]) => of.flatMap(({ Action }) => Action).sort();
  assert.deepEqual(actions(statements('WriterPolicy')), actions(asked));
});
