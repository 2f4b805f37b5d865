import { createInterface } from 'node:readline';

import type { Clock } from '../../clock.ts';
import type { Message } from '../../producer/index.ts';

export interface GeneratorOptions {
  /** Undefined: without end. */
  readonly count: number | undefined;
  /** Messages a second; undefined: as fast as they are taken. */
  readonly rate: number | undefined;
  /** Bytes of a value at least. */
  readonly size: number | undefined;
  readonly keys: number;
}

/** `message 1`, `message 2`, … over `key-0`, `key-1`, … at an even pace; what was missed while waiting is made up for. */
export async function* generated(
  { count, rate, size, keys }: GeneratorOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const startedAt = clock.now();
  for (let n = 1; n <= (count ?? Infinity) && !signal.aborted; n++) {
    const waitMs = rate === undefined ? 0 : startedAt + ((n - 1) * 1_000) / rate - clock.now();
    if (waitMs > 1) await clock.sleep(waitMs, { signal }).catch(() => {});
    if (signal.aborted) return;
    yield { key: `key-${(n - 1) % keys}`, value: `message ${n}`.padEnd(size ?? 0, ' .') };
  }
}

/** A message a line; with `delimiter`, what stands before its first occurrence is the key. */
export async function* lines(
  input: NodeJS.ReadableStream,
  delimiter: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const reader = createInterface({ input, crlfDelay: Infinity, terminal: false });
  const stop = (): void => reader.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of reader) {
      if (signal.aborted) return;
      const at = delimiter === undefined ? -1 : line.indexOf(delimiter);
      yield at < 0
        ? { value: line }
        : { key: line.slice(0, at), value: line.slice(at + (delimiter?.length ?? 0)) };
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
