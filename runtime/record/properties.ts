import { parseLines, stringify } from 'dot-properties';

/**
 * One logical line of a `.properties` text. `raw` is what is written, with its line end; the `raw`s of all lines make up
 * the text. `line` is where it begins, counted from 1.
 */
export type PropertyLine = { readonly raw: string; readonly line: number } & (
  | { readonly type: 'blank' }
  | { readonly type: 'comment' }
  | { readonly type: 'property'; readonly key: string; readonly value: string }
  /** `problem` is a predicate: Java would refuse the whole text because of this line, or we do. */
  | { readonly type: 'broken'; readonly problem: string }
);

// What java.util.Properties takes for one line (`LineReader` in its source). A line ends at CR, LF or CR LF. A backslash
// before a line end joins the next line, but never within a comment, and one that stands alone joins nothing.
const END = String.raw`(?:\r\n?|\n)`;
const BLANK = String.raw`(?:[ \t\f\r\n]|\\(?:\r\n|[\r\n](?!$)))+`;
const COMMENT = String.raw`[#!][^\r\n]*${END}?`;
const PROPERTY = String.raw`(?:[^\\\r\n]|\\(?:\r\n|[^]|$))+${END}?`;
const LINE = new RegExp(`(?<blank>${BLANK})|(?<comment>${COMMENT})|(?<property>${PROPERTY})`, 'gy');

/**
 * Splits a text as `java.util.Properties.load` does. dot-properties undoes the escapes; which characters make a line is
 * decided here, because it does not join lines at CR LF within a key, nor at a lone CR, nor inside `\uXXXX`.
 */
export function parseProperties(text: string): PropertyLine[] {
  const lines: PropertyLine[] = [];
  let line = 1;
  for (const { 0: raw, groups } of text.matchAll(LINE)) {
    if (groups?.['property'] !== undefined) lines.push(propertyOf(raw, line));
    else lines.push({ raw, line, type: groups?.['comment'] === undefined ? 'blank' : 'comment' });
    line += raw.match(/\r\n?|\n/g)?.length ?? 0;
  }
  return lines;
}

function propertyOf(raw: string, line: number): PropertyLine {
  const joined = raw.replace(/[\r\n]+$/, '').replaceAll(/\\((?:\r\n?|\n)[ \t\f]*|$|[^])/g, (escape, next) => {
    return /^(?:[\r\n]|$)/.test(String(next)) ? '' : escape;
  });
  if (/^(?:[^\\]|\\[^u]|\\u[0-9a-f]{4})*\\u(?![0-9a-f]{4})/i.test(joined)) {
    return { raw, line, type: 'broken', problem: 'has a \\u without four hexadecimal digits after it' };
  }
  // A line that was only a backslash is a property to Java: nothing, with the value nothing.
  const [key = '', value = ''] = parseLines(joined)[0] ?? [];
  // Whoever copies the pairs into an object would change what it inherits from.
  if (key === '__proto__') return { raw, line, type: 'broken', problem: 'has the key __proto__' };
  return { raw, line, type: 'property', key, value };
}

/** One property a line, each with its line end; characters that latin1 has not as `\uXXXX`. */
export function renderProperties(pairs: readonly (readonly [key: string, value: string])[]): string {
  if (pairs.length === 0) return '';
  return `${stringify([...pairs], { keySep: '=', lineWidth: null })}\n`;
}
