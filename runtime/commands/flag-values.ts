import { InvalidArgumentError } from 'commander';

import { HaError } from '../errors.ts';
import { table, type Given } from '../settings/index.ts';

/** A parser for commander: a whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/**
 * `--outbox DIR` is short for `--outbox outage --outbox-directory DIR`. A directory has a slash in it, or begins with a dot.
 * @throws HaError `CONFIG` for a word that is neither a mode nor such a directory, and for two directories.
 */
export function withOutboxPlace(given: Given): Given {
  const { outbox } = given;
  if (typeof outbox !== 'string' || table.outbox.range.split(' | ').includes(outbox)) return given;
  if (/[/\\]/.test(outbox) || outbox.startsWith('.')) {
    if (given['outboxDirectory'] !== undefined)
      throw new HaError('CONFIG', '--outbox and --outbox-directory both name a directory: leave one out');
    return { ...given, outbox: 'outage', outboxDirectory: outbox };
  }
  const modes = table.outbox.range.replaceAll(' |', ',');
  throw new HaError('CONFIG', `--outbox ${outbox} is none of ${modes}; for a directory write ./${outbox}`);
}

/** A parser for commander: a duration of at least `minMs`, as `5s`, `500ms`, `2m`; gives ms. */
export function duration(minMs: number): (text: string) => number {
  return (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    if (amount === undefined || unit === undefined)
      throw new InvalidArgumentError('It must look like 500ms, 5s or 2m.');
    const ms = Number(amount) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? 1);
    if (ms < minMs) throw new InvalidArgumentError(`It must be at least ${minMs}ms.`);
    return ms;
  };
}

/** A parser for commander: text that is not empty, as an unset variable in quotes is (`--failed "$FILE"`). */
export function someText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, '0': 0, '\\': 92 };

/** The escapes that a flag takes, for messages. */
const KNOWN_ESCAPES = String.raw`\n \t \r \0 \\ \xHH`;

/**
 * The bytes that a flag's text stands for: UTF-8, with `\n`, `\t`, `\r`, `\0`, `\\` and `\xHH`.
 * @throws HaError `CONFIG` that names the flag, for any other escape and for empty text.
 */
export function bytesOfFlag(flag: string, text: string): Uint8Array {
  const parts = [...text.matchAll(/\\(x[0-9A-Fa-f]{2}|.?)|[^\\]+/gs)].map(([whole, escape]) => {
    if (escape === undefined) return Buffer.from(whole);
    if (escape.length === 3) return Buffer.from([Number.parseInt(escape.slice(1), 16)]);
    const byte = ESCAPES[escape];
    if (byte !== undefined) return Buffer.from([byte]);
    throw new HaError(
      'CONFIG',
      `${flag} ${JSON.stringify(text)}: ${whole} is no escape; there are ${KNOWN_ESCAPES}`,
    );
  });
  const bytes = Buffer.concat(parts);
  if (bytes.byteLength === 0)
    throw new HaError('CONFIG', `${flag} is empty; give at least one byte, for example ${String.raw`'\t'`}`);
  return bytes;
}
