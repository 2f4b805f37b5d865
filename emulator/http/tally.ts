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
