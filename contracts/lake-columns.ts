import type { z } from 'zod';
import { z as zod } from 'zod';
import { type LakeTableName, lakeTables } from './lake-tables.ts';

/** Column types, in Delta's words. `timestamp` is UTC microseconds. */
export type LakeType = 'string' | 'long' | 'integer' | 'boolean' | 'timestamp';

export interface LakeColumn {
  readonly name: string;
  readonly type: LakeType;
  readonly nullable: boolean;
  readonly description: string;
}

/** Hive-style partition columns: the UTC hour in which the log received the record. */
export const partitionColumns: readonly LakeColumn[] = [
  { name: 'year', type: 'integer', nullable: false, description: 'Year of receipt, UTC.' },
  { name: 'month', type: 'integer', nullable: false, description: 'Month of receipt, UTC.' },
  { name: 'day', type: 'integer', nullable: false, description: 'Day of receipt, UTC.' },
  { name: 'hour', type: 'integer', nullable: false, description: 'Hour of receipt, UTC.' },
];

/** Where each row came from and when; present in every table that holds events. */
export const provenanceColumns: readonly LakeColumn[] = [
  {
    name: '_extra',
    type: 'string',
    nullable: true,
    description: 'Fields that the contract does not know, as a JSON object.',
  },
  { name: '_topic', type: 'string', nullable: false, description: 'Topic of the record.' },
  { name: '_partition', type: 'integer', nullable: false, description: 'Partition of the record.' },
  { name: '_offset', type: 'long', nullable: false, description: 'Offset of the record.' },
  {
    name: '_received_at',
    type: 'timestamp',
    nullable: false,
    description: 'When the log received the record.',
  },
  {
    name: '_ingested_at',
    type: 'timestamp',
    nullable: false,
    description: 'When the sink stored the record.',
  },
];

const timestampFields = new Set(['timestamp', 'received_at']);

/** What a contract says of one field, in JSON Schema's words. */
export interface FieldSchema {
  type?: string;
  const?: unknown;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  description?: string;
}

/** JSON Schema of a contract, as an object that can be read field by field. */
export function jsonSchema(schema: z.ZodObject): {
  properties: Record<string, FieldSchema>;
  required: string[];
} & Record<string, unknown> {
  const document = zod.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
  // A schema with an id comes back as a reference to its own definition.
  const { $schema, $ref, $defs, ...inline } = document;
  if (typeof $ref !== 'string') return { $schema, ...inline } as never;
  const definition = ($defs as Record<string, Record<string, unknown>>)[$ref.split('/').at(-1)!]!;
  return { $schema, ...definition } as never;
}

function lakeType(name: string, property: FieldSchema): LakeType {
  if (timestampFields.has(name)) return 'timestamp';
  if (property.type === 'integer') return name.endsWith('_partition') ? 'integer' : 'long';
  if (property.type === 'boolean' || typeof property.const === 'boolean') return 'boolean';
  return 'string';
}

/** Columns that come from the contract's own fields, in the order of the contract. */
export function contractColumns(schema: z.ZodObject): LakeColumn[] {
  const document = jsonSchema(schema);
  const required = new Set(document.required);
  return Object.entries(document.properties).map(([name, property]) => ({
    name,
    type: lakeType(name, property),
    nullable: !required.has(name),
    description: property.description ?? '',
  }));
}

/** Columns of a lake table's data files; the partition columns live in the path alone. */
export function lakeColumns(table: LakeTableName): LakeColumn[] {
  const own = contractColumns(lakeTables[table].schema);
  if (table === 'dead_letters') return [...own, provenanceColumns.at(-1)!];
  return [...own, ...provenanceColumns];
}
