import type { IncomingMessage } from 'node:http';

/** One line a call for people: when, where, what, how it ended. */
export type AccessLog = (line: string) => void;

export function accessLine(
  now: number,
  region: string,
  operation: string,
  end: CallEnd,
  { method, url, headers }: IncomingMessage,
): string {
  // What comes from outside must not write lines of its own.
  const clean = (text: string): string => text.replaceAll(/[^\u0021-\u007e]/g, '?').slice(0, 200);
  const id = headers['opc-request-id'];
  return `${new Date(now).toISOString()} ${region} ${operation} ${end} ${method ?? ''} ${clean(url ?? '')} ${typeof id === 'string' ? clean(id) : '-'}`;
}

/** How a call ended: its status, or what was done to it instead. */
export type CallEnd = number | 'hang' | 'reset' | 'reset after storing' | 'cut off';

/** Counts of calls, by operation and by how they ended. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(operation: string, end: CallEnd): void {
    let ends = this.#counts.get(operation);
    if (ends === undefined) this.#counts.set(operation, (ends = new Map()));
    ends.set(String(end), (ends.get(String(end)) ?? 0) + 1);
  }

  view(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].map(([operation, ends]) => [operation, Object.fromEntries(ends)]),
    );
  }
}
