/** A test of the dbt project in words, for pages that people read. */

/**
 * @param name of the generic test.
 * @param given its arguments.
 * @throws Error where there are no words for the test yet.
 */
export function testSentence(name: string, given: Readonly<Record<string, unknown>>): string {
  const columns = (given.columns as string[] | undefined)?.map((column) => `\`${column}\``);
  const target = String(given.to).replace(/ref\('(\w+)'\)/, '`$1`');
  const words: Record<string, () => string> = {
    unique: () => 'unique',
    not_null: () => 'never null',
    allowed_by_contract: () => 'a value that the contract allows',
    accepted_values: () => `one of ${(given.values as string[]).join(', ')}`,
    relationships: () => `in ${target}`,
    known_when_played: () => `in ${target} when it was played`,
    unique_key: () => `${columns!.join(', ')} together are unique`,
    never_null: () => `never null: ${columns!.join(', ')}`,
    always: () => `always \`${given.condition}\``,
    equals_what_was_stored: () => 'as many rows as `event_accounting` says were stored',
  };
  const word = words[name];
  if (word === undefined) throw new Error(`there are no words for the test ${name}`);
  return word();
}
