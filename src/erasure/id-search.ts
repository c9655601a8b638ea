/** How a listener's id is recognised, in texts, in columns and in raw bytes. */
import { literal } from '../duckdb.ts';

/** A letter, digit, underscore or hyphen beside a match makes it a part of a longer word: `user-1` in `user-12`. */
const wordCharacter = '[\\p{L}\\p{N}_-]';
const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x2d ||
    byte >= 0x80);

export interface ByteHits {
  /** Places that are the id. */
  readonly hits: number;
  /** Places that are part of a longer word, such as another id that begins with this one. */
  readonly within: number;
}

export class IdSearch {
  readonly id: string;
  /**
   * False for an id that could be a word of any text (`me`, `anna`): it is then looked for where it stands as
   * a whole value, not in the middle of titles and messages.
   */
  readonly isDistinctive: boolean;
  /** The id as it may be written: as it is, and as JSON escapes it. */
  readonly forms: readonly string[];
  readonly #patterns: readonly Buffer[];
  readonly #word: RegExp;

  constructor(id: string) {
    this.id = id;
    this.isDistinctive = id.length >= 5 && /[^\p{L}\s]/u.test(id);
    const escaped = JSON.stringify(id).slice(1, -1);
    const ascii = [...escaped]
      .map((one) =>
        one.charCodeAt(0) < 0x80
          ? one
          : one
              .split('')
              .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
              .join(''),
      )
      .join('');
    this.forms = [...new Set([id, escaped, ascii, encodeURIComponent(id)])];
    const written = this.isDistinctive ? this.forms : this.forms.map((form) => `"${form}"`);
    this.#patterns = written.map((form) => Buffer.from(form));
    const alternatives = this.forms.map(escapePattern).join('|');
    this.#word = new RegExp(`(?<!${wordCharacter})(?:${alternatives})(?!${wordCharacter})`, 'gu');
  }

  /** Longest pattern, bytes: how much of a piece must be looked at again with the next one. */
  get longestPattern(): number {
    return Math.max(...this.#patterns.map((pattern) => pattern.length)) + 1;
  }

  /** Whether a text is the id, or names it. */
  isIn(text: string): boolean {
    if (text === this.id) return true;
    if (this.isDistinctive) return text.search(this.#word) >= 0;
    return this.forms.some((form) => text.includes(`"${form}"`));
  }

  /** The text with the id taken out. */
  without(text: string): string {
    if (text === this.id) return erasedMark;
    if (this.isDistinctive) return text.replace(this.#word, erasedMark);
    return this.forms.reduce((left, form) => left.replaceAll(`"${form}"`, `"${erasedMark}"`), text);
  }

  /** Counts the id in bytes. @param from where new bytes begin: what ends before has been counted. */
  count(bytes: Buffer, from = 0): ByteHits {
    let hits = 0;
    let within = 0;
    for (const pattern of this.#patterns) {
      for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
        const end = at + pattern.length;
        if (end <= from) continue;
        const isPart = this.isDistinctive && (isWordByte(bytes[at - 1]) || isWordByte(bytes[end]));
        if (isPart) within += 1;
        else hits += 1;
      }
    }
    return { hits, within };
  }

  /** True for a record of the log that belongs to this listener, or names them. */
  isInRecord(key: string | null, value: Uint8Array | null): boolean {
    if (key === this.id) return true;
    if (value === null) return false;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
    if (this.count(bytes).hits > 0) return true;
    if (!bytes.includes('"raw_encoding":"base64"')) return false;
    const raw = /"raw":"([^"]*)"/.exec(bytes.toString('latin1'))?.[1] ?? '';
    return this.count(Buffer.from(raw, 'base64')).hits > 0;
  }

  /** SQL that is true where one of some text columns is the id, or names it. */
  sqlOf(...columns: string[]): string {
    const whole = columns.map((column) => `${column} = ${literal(this.id)}`).join(' or ');
    const forms = this.isDistinctive ? this.forms : this.forms.map((form) => `"${form}"`);
    const contains = columns
      .flatMap((column) => forms.map((form) => `contains(${column}, ${literal(form)})`))
      .join(' or ');
    if (!this.isDistinctive) return `(${whole} or ${contains})`;
    // One pattern for all columns, on lines of their own: to prepare it takes longer than to read most files.
    const lines = `concat_ws(chr(10), ${columns.join(', ')})`;
    return `(${whole} or ((${contains}) and regexp_matches(${lines}, ${literal(this.#sqlPattern())})))`;
  }

  /** SQL for a text column with the id taken out. */
  sqlWithout(column: string): string {
    if (!this.isDistinctive) {
      return this.forms.reduce(
        (sql, form) => `replace(${sql}, ${literal(`"${form}"`)}, ${literal(`"${erasedMark}"`)})`,
        column,
      );
    }
    return this.forms.reduce(
      (sql, form) => `replace(${sql}, ${literal(form)}, ${literal(erasedMark)})`,
      column,
    );
  }

  /** RE2 knows no lookaround: the characters beside the id are part of the match. */
  #sqlPattern(): string {
    const alternatives = this.forms.map(escapePattern).join('|');
    return `(^|[^\\p{L}\\p{N}_-])(${alternatives})($|[^\\p{L}\\p{N}_-])`;
  }
}

const escapePattern = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** What stands in a text where an id stood. */
export const erasedMark = '(erased)';
