import { type EventTopic, topics } from '../../contracts/index.ts';
import {
  contractColumns,
  type FieldSchema,
  jsonSchema,
  type LakeColumn,
} from '../../contracts/lake-columns.ts';
import { identifier, literal } from '../duckdb.ts';

/** Type that DuckDB's `json_type` reports, for each of ours. */
const jsonTypes = {
  string: ['VARCHAR'],
  timestamp: ['VARCHAR'],
  boolean: ['BOOLEAN'],
  long: ['UBIGINT', 'BIGINT', 'DOUBLE'],
  integer: ['UBIGINT', 'BIGINT', 'DOUBLE'],
};

const parsedTypes = {
  string: 'VARCHAR',
  timestamp: 'VARCHAR',
  boolean: 'BOOLEAN',
  long: 'DOUBLE',
  integer: 'DOUBLE',
};

/** SQL that is true when a field, already of the right JSON type, has an allowed value. */
function valueChecks(column: LakeColumn, property: FieldSchema): string[] {
  const value = `f.${identifier(column.name)}`;
  const checks: string[] = [];
  if (column.type === 'long' || column.type === 'integer') {
    checks.push(
      `${value} between ${property.minimum ?? '-9007199254740991'} and ${property.maximum ?? '9007199254740991'}`,
      `trunc(${value}) = ${value}`,
    );
  }
  if (property.pattern !== undefined) {
    checks.push(`regexp_full_match(${value}, ${literal(property.pattern)})`);
  }
  if (column.type === 'timestamp') checks.push(`try_cast(${value} as timestamptz) is not null`);
  if (property.enum !== undefined) {
    checks.push(`${value} in (${property.enum.map(literal).join(', ')})`);
  }
  if (typeof property.const === 'boolean') checks.push(`${value} = ${property.const}`);
  if ((property.minLength ?? 0) > 0) checks.push(`${value} <> ''`);
  return checks;
}

/**
 * The SQL that turns a file of JSON records of one topic into typed rows. `_ok` is true when
 * the row keeps its contract.
 * @param safe false: a text that is not JSON fails the statement (quicker); true: it is a row that is not ok.
 */
export function typedRows(
  topic: EventTopic,
  path: string,
  longestLine: number,
  safe: boolean,
): string {
  const columns = contractColumns(topics[topic].schema);
  const properties = jsonSchema(topics[topic].schema).properties;
  const text = safe ? "case when json_valid(j) then j else '{}' end" : 'j';
  const structure = `{${columns.map((column) => `${JSON.stringify(column.name)}: "${parsedTypes[column.type]}"`).join(', ')}}`;
  const pointers = `[${columns.map((column) => literal(`/${column.name}`)).join(', ')}]`;
  const conditions = columns.flatMap((column, index) => {
    const type = `t[${index + 1}]`;
    const accepted = jsonTypes[column.type].map(literal).join(', ');
    const typed = column.nullable
      ? `coalesce(${type} in (${accepted}), true)`
      : `coalesce(${type} in (${accepted}), false)`;
    const values = valueChecks(column, properties[column.name]!).map(
      (check) => `coalesce(${check}, true)`,
    );
    return [typed, ...values];
  });
  const known = columns.map((_, index) => `(t[${index + 1}] is not null)::integer`).join(' + ');
  const withoutKnown = literal(
    JSON.stringify(Object.fromEntries(columns.map((column) => [column.name, null]))),
  );
  const selected = columns.map((column) => {
    const value = `f.${identifier(column.name)}`;
    if (column.type === 'timestamp')
      return `try_cast(${value} as timestamptz) as ${identifier(column.name)}`;
    if (column.type === 'long') return `try_cast(${value} as bigint) as ${identifier(column.name)}`;
    if (column.type === 'integer')
      return `try_cast(${value} as integer) as ${identifier(column.name)}`;
    return `${value} as ${identifier(column.name)}`;
  });
  // random() keeps DuckDB from moving the filter on _ok below the projection, where it
  // would parse the JSON again for every condition (measured: 5 times the time).
  return `
    select ${selected.join(', ')},
      case when k <> ${known} then json_merge_patch(j, ${withoutKnown})::varchar end as _extra,
      ${literal(topic)} as _topic, p as _partition, o as _offset,
      make_timestamptz(r * 1000) as _received_at,
      q as _key,
      j as _raw,
      random() >= 0 and ${conditions.join('\n and ')} as _ok
    from (
      select p, o, r, q, j, json_type(x, ${pointers}) as t, len(json_keys(x)) as k,
        from_json(x, ${literal(structure)}) as f
      from (select p, o, r, q, j, ${text} as x from ${linesOf(path, "q: 'VARCHAR', j: 'VARCHAR'", longestLine)})
    )`;
}

/** DuckDB's types of the columns of a plain file; times are RFC 3339 and end in Z. */
const plainTypes = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
  boolean: 'BOOLEAN',
  long: 'BIGINT',
  integer: 'INTEGER',
};

/** The SQL that reads a plain file: values that were checked before and need no parsing of JSON. */
export function plainRows(topic: EventTopic, path: string, longestLine: number): string {
  const columns = contractColumns(topics[topic].schema);
  const names = columns.map((column) => identifier(column.name));
  const types = columns.map((column, index) => `${names[index]}: '${plainTypes[column.type]}'`);
  return `
    select ${names.join(', ')}, null::varchar as _extra,
      ${literal(topic)} as _topic, p as _partition, o as _offset,
      make_timestamptz(r * 1000) as _received_at
    from ${linesOf(path, types.join(', '), longestLine)}`;
}

function linesOf(path: string, columns: string, longestLine: number): string {
  return `read_csv(${literal(path)}, columns = {p: 'INTEGER', o: 'BIGINT', r: 'BIGINT', ${columns}},
    delim = '\u0001', quote = '', escape = '', comment = '', header = false, auto_detect = false,
    null_padding = false, max_line_size = ${Math.max(2_097_152, longestLine + 128)})`;
}
