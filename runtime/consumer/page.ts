import { offsetsOf, type Offsets } from '../core/index.ts';
import type { Batch } from './batch-queue.ts';

/** The messages of an answer, as a group reader keeps them until they are committed. */
export interface Page {
  readonly offsets: Offsets;
  /** Undefined: it held nothing to handle. */
  readonly batch: Batch | undefined;
  /** It stands for this answer and those before it: a commit with it commits them. */
  cursor: string;
}

export function isHandled({ batch }: Page): boolean {
  return batch?.isFinished ?? true;
}

/** Those that are handled to their end, up to the first one that is not. */
export function handledPages(pages: readonly Page[]): readonly Page[] {
  const first = pages.findIndex((page) => !isHandled(page));
  return first === -1 ? [...pages] : pages.slice(0, first);
}

/** The handled messages of answers, per partition. */
export function handledOffsets(pages: readonly Page[]): Offsets {
  const handled = new Map<string, readonly number[]>();
  for (const { offsets, batch } of pages) {
    const left = offsetsOf(batch?.unhandled() ?? []);
    for (const [partition, all] of offsets) {
      const unhandled = new Set(left.get(partition));
      const done = all.filter((offset) => !unhandled.has(offset));
      if (done.length > 0) handled.set(partition, [...(handled.get(partition) ?? []), ...done]);
    }
  }
  return handled;
}
