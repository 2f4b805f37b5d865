import { parseLines, stringify } from 'dot-properties';

/**
 * One logical line of a `.properties` text. `raw` is its text with the line end; all `raw`s together are the whole
 * text. `line` is the number of its first line, from 1.
 */
export type PropertyLine = { readonly raw: string; readonly line: number } & (
  | { readonly type: 'blank' }
  | { readonly type: 'comment' }
  | { readonly type: 'property'; readonly key: string; readonly value: string }
  /** `problem` is a predicate. Java would refuse the whole text because of this line, or we do. */
  | { readonly type: 'broken'; readonly problem: string }
);

// A logical line of java.util.Properties (`LineReader` in its source). It ends at CR, LF or CR LF. A backslash before
// the line end continues the line, but not in a comment, nor at the end of the text.
const END = String.raw`(?:\r\n?|\n)`;
const BLANK = String.raw`(?:[ \t\f\r\n]|\\(?:\r\n|[\r\n](?!$)))+`;
const COMMENT = String.raw`[#!][^\r\n]*${END}?`;
const PROPERTY = String.raw`(?:[^\\\r\n]|\\(?:\r\n|[^]|$))+${END}?`;
const LINE = new RegExp(`(?<blank>${BLANK})|(?<comment>${COMMENT})|(?<property>${PROPERTY})`, 'gy');

/**
 * Splits a text as `java.util.Properties.load` does. Lines are found here, because dot-properties does not continue
 * lines at CR LF within a key, at a lone CR, or inside `\uXXXX`; it only decodes the escapes.
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
  // To Java, a line that is only a backslash is a property with an empty key and an empty value.
  const [key = '', value = ''] = parseLines(joined)[0] ?? [];
  // Code that copies the pairs into an object would change its prototype.
  if (key === '__proto__') return { raw, line, type: 'broken', problem: 'has the key __proto__' };
  return { raw, line, type: 'property', key, value };
}

/** One property per line, each with a line end; characters outside latin1 as `\uXXXX`. */
export function renderProperties(pairs: readonly (readonly [key: string, value: string])[]): string {
  if (pairs.length === 0) return '';
  return `${stringify([...pairs], { keySep: '=', lineWidth: null })}\n`;
}
