import type { Clock } from '../../clock.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../../core/index.ts';
import { HaError } from '../../errors.ts';
import { bytesOfFlag } from '../flag-values.ts';
import { inputContradictions, DEFAULT_KEYS, type ProducerFlags } from './command.ts';
import { messageOf, type LineFormat, type LineMessage } from './line-message.ts';
import { LineSplitter, type Piece } from './line-splitter.ts';
import type { Place } from './lines-not-stored.ts';
import { sourcesOf, type ByteStream, type Source } from './sources.ts';

/** What a source gives. `line`: its bytes as they were read. */
export type Item =
  | {
      readonly type: 'message';
      readonly place: Place;
      readonly line: Uint8Array;
      readonly message: LineMessage;
    }
  | { readonly type: 'made-up'; readonly message: LineMessage }
  /** A line that is no message. */
  | { readonly type: 'refused'; readonly place: Place; readonly line: Uint8Array; readonly problem: string }
  /** A line over the limit; `rest` items with the other parts of it follow. */
  | { readonly type: 'too-long'; readonly place: Place; readonly bytes: Uint8Array; readonly problem: string }
  | { readonly type: 'rest'; readonly bytes: Uint8Array; readonly isLast: boolean };

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
  /** In groups that each have to be taken to their end: a promise for each item would cost more than the item. */
  items(clock: Clock, stop: AbortSignal, onProblem: LineOptions['onProblem']): AsyncIterable<Iterable<Item>>;
}

/** @throws HaError `CONFIG` for flags without meaning together, for bad escapes, and for files that are not there. */
export function planOf(names: readonly string[], flags: ProducerFlags): Plan {
  const problems = inputContradictions(names, flags);
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
        ? asGroup(madeUp({ count, size, keys, key }, stop))
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

interface GeneratorOptions {
  /** Undefined: without end. */
  readonly count: number | undefined;
  /** Bytes of a value, at least. */
  readonly size: number | undefined;
  readonly keys: number;
  readonly key: string | undefined;
}

/** `message 1`, `message 2`, … over `key-0`, `key-1`, …, or over one key. */
function* madeUp({ count, size, keys, key }: GeneratorOptions, stop: AbortSignal): Generator<Item> {
  for (let n = 1; n <= (count ?? Infinity) && !stop.aborted; n++) {
    const message = { key: key ?? `key-${(n - 1) % keys}`, value: `message ${n}`.padEnd(size ?? 0, ' .') };
    yield { type: 'made-up', message };
  }
}

async function* asGroup(items: Iterable<Item>): AsyncGenerator<Iterable<Item>> {
  yield items;
}

interface LineOptions {
  readonly delimiter: Uint8Array;
  readonly maxLineBytes: number;
  readonly format: LineFormat;
  /** Called with an error of reading and the number of the line that it interrupted. */
  readonly onProblem: (source: Source, line: number, error: unknown) => void;
}

/** The lines of the sources, one source after the other. After `stop` aborts, it gives what is read, and reads no more. */
async function* lineItems(
  sources: readonly Source[],
  options: LineOptions,
  stop: AbortSignal,
): AsyncGenerator<Iterable<Item>> {
  for (const source of sources) {
    if (stop.aborted) return;
    const splitter = new LineSplitter(options);
    try {
      for await (const chunk of chunksOf(await source.open(), stop)) {
        splitter.push(chunk);
        yield itemsOf(splitter, source, options);
      }
      if (stop.aborted) return;
      splitter.end();
      yield itemsOf(splitter, source, options);
    } catch (error) {
      options.onProblem(source, splitter.number, error);
    }
  }
}

function* itemsOf(splitter: LineSplitter, source: Source, options: LineOptions): Generator<Item> {
  for (let piece = splitter.next(); piece !== undefined; piece = splitter.next()) {
    yield itemOf(piece, source, options);
  }
}

async function* chunksOf(stream: ByteStream, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const destroy = (): void => void stream.destroy();
  stop.addEventListener('abort', destroy, { once: true });
  try {
    if (!stop.aborted) yield* stream;
  } catch (error) {
    // `destroy` ends a read that is under way with an error.
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', destroy);
    destroy();
  }
}

function itemOf(piece: Piece, source: Source, { format, maxLineBytes }: LineOptions): Item {
  const place = { source: source.name, line: piece.number };
  switch (piece.type) {
    case 'line': {
      const parsed = messageOf(piece.bytes, format);
      if ('problem' in parsed) return { type: 'refused', place, line: piece.bytes, problem: parsed.problem };
      return { type: 'message', place, line: piece.bytes, message: parsed.message };
    }
    case 'too-long':
      return {
        type: 'too-long',
        place,
        bytes: piece.bytes,
        problem: `it is longer than ${maxLineBytes} bytes`,
      };
    case 'rest':
      return { type: 'rest', bytes: piece.bytes, isLast: piece.isLast };
  }
}

/** Waits for the turn of each item; a part of a long line needs none. */
async function* paced(
  groups: AsyncIterable<Iterable<Item>>,
  takeTurn: () => number,
  clock: Clock,
  stop: AbortSignal,
): AsyncGenerator<Iterable<Item>> {
  for await (const items of groups) {
    for (const item of items) {
      const waitMs = item.type === 'rest' ? 0 : takeTurn();
      // An abort ends the wait; the item is given all the same.
      if (waitMs > 0 && !stop.aborted) await clock.sleep(waitMs, { signal: stop }).catch(() => {});
      yield [item];
    }
  }
}

/** What was missed while waiting for something else is made up for, but no more than this (ms). */
const MAX_CATCH_UP_MS = 1_000;
const LEAST_SLEEP_MS = 1;

/** Gives turns at an even pace, so many a second. */
export class Pacer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #due: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = 1_000 / perSecond;
    this.#due = clock.now();
  }

  /** How long to wait for the next turn (ms); 0: it is now. Takes the turn. */
  takeTurn(): number {
    const now = this.#clock.now();
    this.#due = Math.max(this.#due, now - MAX_CATCH_UP_MS);
    const waitMs = this.#due - now;
    this.#due += this.#intervalMs;
    return waitMs > LEAST_SLEEP_MS ? waitMs : 0;
  }
}
