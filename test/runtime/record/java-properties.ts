/**
 * `java.util.Properties.load(InputStream)` of Java 17, transcribed character by character from what its `LineReader`,
 * `load0` and `loadConvert` do. A reference for tests: slow, and without any cleverness. `null`: Java throws
 * IllegalArgumentException.
 */
export function loadLikeJava(text: string): Map<string, string> | null {
  const pairs = new Map<string, string>();
  const reader = { text, at: 0 };
  for (let line = readLine(reader); line !== null; line = readLine(reader)) {
    let keyLength = 0;
    let valueStart = line.length;
    let hasSeparator = false;
    let backslash = false;
    while (keyLength < line.length) {
      const c = line[keyLength]!;
      if ((c === '=' || c === ':') && !backslash) {
        valueStart = keyLength + 1;
        hasSeparator = true;
        break;
      } else if (isSpace(c) && !backslash) {
        valueStart = keyLength + 1;
        break;
      }
      backslash = c === '\\' ? !backslash : false;
      keyLength += 1;
    }
    while (valueStart < line.length) {
      const c = line[valueStart]!;
      if (!isSpace(c)) {
        if (!hasSeparator && (c === '=' || c === ':')) hasSeparator = true;
        else break;
      }
      valueStart += 1;
    }
    const key = loadConvert(line.slice(0, keyLength));
    const value = loadConvert(line.slice(valueStart));
    if (key === null || value === null) return null;
    pairs.set(key, value);
  }
  return pairs;
}

function isSpace(c: string): boolean {
  return c === ' ' || c === '\t' || c === '\f';
}

function readLine(reader: { text: string; at: number }): string | null {
  const { text } = reader;
  let line = '';
  let skipWhiteSpace = true;
  let appendedLineBegin = false;
  let backslash = false;
  const atEnd = (): string => (backslash ? line.slice(0, -1) : line);
  for (;;) {
    if (reader.at >= text.length) return line.length === 0 ? null : atEnd();
    const c = text[reader.at++]!;
    if (skipWhiteSpace) {
      if (isSpace(c)) continue;
      if (!appendedLineBegin && (c === '\r' || c === '\n')) continue;
      skipWhiteSpace = false;
      appendedLineBegin = false;
    }
    if (line.length === 0 && (c === '#' || c === '!')) {
      let d: string;
      do {
        if (reader.at >= text.length) return null;
        d = text[reader.at++]!;
      } while (d !== '\r' && d !== '\n');
      skipWhiteSpace = true;
      continue;
    }
    if (c !== '\n' && c !== '\r') {
      line += c;
      backslash = c === '\\' ? !backslash : false;
    } else if (line.length === 0) {
      skipWhiteSpace = true;
    } else if (reader.at >= text.length) {
      return atEnd();
    } else if (backslash) {
      line = line.slice(0, -1);
      skipWhiteSpace = true;
      appendedLineBegin = true;
      backslash = false;
      if (c === '\r' && text[reader.at] === '\n') reader.at += 1;
    } else {
      return line;
    }
  }
}

function loadConvert(escaped: string): string | null {
  let out = '';
  let at = 0;
  while (at < escaped.length) {
    const c = escaped[at++]!;
    if (c !== '\\') {
      out += c;
      continue;
    }
    const e = escaped[at++];
    if (e === undefined) return null;
    if (e === 'u') {
      const digits = escaped.slice(at, at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) return null;
      out += String.fromCharCode(Number.parseInt(digits, 16));
      at += 4;
    } else if (e === 't') out += '\t';
    else if (e === 'r') out += '\r';
    else if (e === 'n') out += '\n';
    else if (e === 'f') out += '\f';
    else out += e;
  }
  return out;
}

/** For many comparisons: `expect(…).toEqual` would take most of the time. */
export function samePairs(one: Map<string, string> | null, other: Map<string, string> | null): boolean {
  if (one === null || other === null) return one === other;
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
