import type { Clock } from '../../clock.ts';
import { LineSplitter, type Piece } from './line-splitter.ts';
import { messageOf, type LineFormat, type LineMessage } from './line-message.ts';
import type { Place } from './lines-not-stored.ts';
import type { ByteStream, Source } from './sources.ts';

/** What a source gives. */
export type Item =
  /** `line`: the bytes as they were read; undefined for a made-up message. */
  | {
      readonly type: 'message';
      readonly place: Place | undefined;
      readonly line: Uint8Array | undefined;
      readonly message: LineMessage;
    }
  /** A line that is no message. */
  | { readonly type: 'refused'; readonly place: Place; readonly line: Uint8Array; readonly problem: string }
  /** A line over the limit; `rest` items with the other parts of it follow. */
  | { readonly type: 'too-long'; readonly place: Place; readonly bytes: Uint8Array; readonly problem: string }
  | { readonly type: 'rest'; readonly bytes: Uint8Array; readonly isLast: boolean };

export interface GeneratorOptions {
  /** Undefined: without end. */
  readonly count: number | undefined;
  /** Bytes of a value, at least. */
  readonly size: number | undefined;
  readonly keys: number;
  readonly key: string | undefined;
}

/** `message 1`, `message 2`, … over `key-0`, `key-1`, …, or over one key. */
export async function* madeUp(
  { count, size, keys, key }: GeneratorOptions,
  stop: AbortSignal,
): AsyncGenerator<Item> {
  for (let n = 1; n <= (count ?? Infinity) && !stop.aborted; n++) {
    const message = { key: key ?? `key-${(n - 1) % keys}`, value: `message ${n}`.padEnd(size ?? 0, ' .') };
    yield { type: 'message', place: undefined, line: undefined, message };
  }
}

export interface LineOptions {
  readonly delimiter: Uint8Array;
  readonly maxLineBytes: number;
  readonly format: LineFormat;
  /** Hears of an error of reading, with the number of the line that it broke off. */
  readonly onProblem: (source: Source, line: number, error: unknown) => void;
}

/** The lines of the sources, one after the other. When `stop` aborts, what is in hand is still given, and nothing more is read. */
export async function* lineItems(
  sources: readonly Source[],
  options: LineOptions,
  stop: AbortSignal,
): AsyncGenerator<Item> {
  for (const source of sources) {
    if (stop.aborted) return;
    const splitter = new LineSplitter(options);
    try {
      for await (const chunk of chunksOf(await source.open(), stop)) {
        for (const piece of splitter.push(chunk)) yield itemOf(piece, source, options);
      }
      if (stop.aborted) return;
      for (const piece of splitter.end()) yield itemOf(piece, source, options);
    } catch (error) {
      options.onProblem(source, splitter.number, error);
    }
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
export async function* paced(
  items: AsyncIterable<Item>,
  takeTurn: () => number,
  clock: Clock,
  stop: AbortSignal,
): AsyncGenerator<Item> {
  for await (const item of items) {
    const waitMs = item.type === 'rest' ? 0 : takeTurn();
    // An abort ends the wait; the item is given all the same.
    if (waitMs > 0 && !stop.aborted) await clock.sleep(waitMs, { signal: stop }).catch(() => {});
    yield item;
  }
}
