import type { LakeTableName } from '../../contracts/lake-tables.ts';
import { literal } from '../duckdb.ts';
import type { ErasureRule } from '../lake/erase-rows.ts';
import type { IdSearch } from './id-search.ts';

/**
 * Which rows of a lake table belong to a listener: events by their user; letters that were refused also by
 * their key and by what they hold, which need not be a readable event.
 * @param letters ids of letters that are known to be theirs though they do not name them.
 */
export function ruleFor(
  table: LakeTableName,
  search: IdSearch,
  letters: readonly string[] = [],
): ErasureRule {
  if (table === 'dead_letters') {
    const known =
      letters.length === 0 ? [] : [`dead_letter_id in (${letters.map(literal).join(', ')})`];
    const columns = ['origin_key', 'raw', 'message'].map((column) => `coalesce(${column}, '')`);
    return {
      condition: `(${[search.sqlOf(...columns), base64Condition(search), ...known].join(' or ')})`,
      topic: 'origin_topic',
    };
  }
  return {
    condition: `(user_id = ${literal(search.id)})`,
    topic: '_topic',
    // A field that no contract knows may name somebody else.
    cleaned: {
      _extra: `case when ${search.sqlOf("coalesce(_extra, '')")} then ${search.sqlWithout('_extra')} else _extra end`,
    },
  };
}

/** Letters that are no text are kept as base64: looked at as the bytes that they stand for. */
function base64Condition(search: IdSearch): string {
  const forms = search.isDistinctive ? search.forms : search.forms.map((form) => `"${form}"`);
  const found = forms
    .map((form) => {
      const hex = Buffer.from(form).toString('hex').toUpperCase();
      return `contains(hex(from_base64(case when raw_encoding = 'base64' then raw else '' end)), '${hex}')`;
    })
    .join(' or ');
  return `(raw_encoding = 'base64' and (${found}))`;
}
