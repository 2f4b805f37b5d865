import type { PutEntry } from '../../region.ts';

/**
 * The entries of a PutMessagesResult, in request order; undefined when there is no list of them. An entry that says neither
 * what was stored nor what was refused ends the list: what came after it is left out, so that no later one moves into the
 * place of another message. The messages without an entry are ambiguous.
 */
export function putEntries(result: unknown): PutEntry[] | undefined {
  const { entries } = (result ?? {}) as { entries?: unknown };
  if (!Array.isArray(entries)) return undefined;
  const named: PutEntry[] = [];
  for (const entry of entries as unknown[]) {
    const read = putEntry(entry);
    if (read === undefined) break;
    named.push(read);
  }
  return named;
}

/** Unused fields may be null or absent (unconfirmed): refused is what carries a non-empty `error`. */
function putEntry(entry: unknown): PutEntry | undefined {
  const { error, errorMessage, partition, offset, timestamp } = (entry ?? {}) as Record<string, unknown>;
  if (typeof error === 'string' && error !== '') {
    const message = typeof errorMessage === 'string' ? errorMessage : '';
    return { refused: { status: refusalStatus(error, message), error, message } };
  }
  if (typeof partition !== 'string' || partition === '' || !Number.isSafeInteger(offset)) return undefined;
  return {
    stored: {
      partition,
      offset: offset as number,
      timestamp: typeof timestamp === 'string' ? timestamp : '',
    },
  };
}

const THROTTLED = /\b429\b|too\s*many\s*requests|throttl/i;

/** The values that `error` takes are nowhere documented: words for throttling, else a status in it, else 500. */
function refusalStatus(error: string, message: string): number {
  if (THROTTLED.test(error)) return 429;
  const status = /\b[45]\d\d\b/.exec(error)?.[0];
  if (status !== undefined) return Number(status);
  return THROTTLED.test(message) ? 429 : 500;
}
