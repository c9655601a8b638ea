import type { LakeColumn } from '../../contracts/lake-columns.ts';

/** A Delta schema as JSON (protocol: "Schema Serialization Format"). */
export function schemaString(columns: readonly LakeColumn[]): string {
  return JSON.stringify({
    type: 'struct',
    fields: columns.map((column) => ({
      name: column.name,
      type: column.type,
      nullable: true,
      metadata: { comment: column.description },
    })),
  });
}
