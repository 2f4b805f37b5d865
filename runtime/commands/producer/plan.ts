import type { Clock } from '../../clock.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../../core/index.ts';
import { HaError } from '../../errors.ts';
import { bytesOfFlag } from '../escapes.ts';
import { contradictions, DEFAULT_KEYS, type ProducerFlags } from './flags.ts';
import { lineItems, madeUp, paced, type Item, type LineOptions } from './items.ts';
import type { LineFormat } from './line-message.ts';
import { Pacer } from './pacer.ts';
import { sourcesOf } from './sources.ts';

/** Messages per second when they are made up and nothing says how many. */
const DEFAULT_RATE = 1;
/** A byte of a value can be six characters of JSON. */
const MAX_JSON_LINE_BYTES = 8 * 1024 * 1024;

/** What a command line of the producer asks for. */
export interface Plan {
  /** It has no end of its own: it is done whenever it is stopped. */
  readonly isEndless: boolean;
  /** What ends a line. */
  readonly delimiter: Uint8Array;
  items(clock: Clock, stop: AbortSignal, onProblem: LineOptions['onProblem']): AsyncIterable<Item>;
}

/** @throws HaError `CONFIG` for flags without meaning together, for bad escapes, and for files that are not there. */
export function planOf(names: readonly string[], flags: ProducerFlags): Plan {
  const problems = contradictions(names, flags);
  if (problems.length > 0) throw new HaError('CONFIG', problems.join('; '));
  const { count, size, key, keys = DEFAULT_KEYS } = flags;
  const delimiter = delimiterOf(flags);
  const sources = sourcesOf(names);
  const isMadeUp = sources.length === 0;
  const rate = flags.rate ?? (isMadeUp && count === undefined ? DEFAULT_RATE : undefined);
  const lines = { delimiter, ...formatOf(flags) };
  return {
    isEndless: isMadeUp && count === undefined,
    delimiter,
    items(clock, stop, onProblem) {
      const items = isMadeUp
        ? madeUp({ count, size, keys, key }, stop)
        : lineItems(sources, { ...lines, onProblem }, stop);
      if (rate === undefined) return items;
      const pacer = new Pacer(clock, rate);
      return paced(items, () => pacer.takeTurn(), clock, stop);
    },
  };
}

function delimiterOf({ delimiter, lineEnding }: ProducerFlags): Uint8Array {
  if (delimiter !== undefined) return bytesOfFlag('--delimiter', delimiter);
  return Buffer.from(lineEnding === 'crlf' ? '\r\n' : '\n');
}

function formatOf(flags: ProducerFlags): { format: LineFormat; maxLineBytes: number } {
  const { input, keyDelimiter, key } = flags;
  if (input === 'json') return { format: { type: 'json' }, maxLineBytes: MAX_JSON_LINE_BYTES };
  if (keyDelimiter === undefined) return { format: { type: 'value', key }, maxLineBytes: MAX_VALUE_BYTES };
  const delimiter = bytesOfFlag('-K', keyDelimiter);
  const maxLineBytes = MAX_KEY_BYTES + delimiter.byteLength + MAX_VALUE_BYTES;
  if (Buffer.from(delimiter).includes(Buffer.from(delimiterOf(flags)))) {
    throw new HaError('CONFIG', '-K holds what ends a line, so no line can hold it');
  }
  return { format: { type: 'key-value', delimiter }, maxLineBytes };
}
