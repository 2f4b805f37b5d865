import type { IncomingMessage } from 'node:http';

/** Receives one line for each call: time, region, operation, outcome. */
export type AccessLog = (line: string) => void;

export function accessLine(
  now: number,
  region: string,
  operation: string,
  outcome: CallOutcome,
  { method, url, headers }: IncomingMessage,
): string {
  // Text of the client must not contain line breaks or control characters.
  const clean = (text: string): string => text.replaceAll(/[^\u0021-\u007e]/g, '?').slice(0, 200);
  const id = headers['opc-request-id'];
  return `${new Date(now).toISOString()} ${region} ${operation} ${outcome} ${method ?? ''} ${clean(url ?? '')} ${typeof id === 'string' ? clean(id) : '-'}`;
}

/** How a call ended: its status, or the fault. */
export type CallOutcome = number | 'hang' | 'reset' | 'reset after storing' | 'cut off';

/** Counts of calls by operation and outcome. */
export class CallCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  count(operation: string, outcome: CallOutcome): void {
    let outcomes = this.#counts.get(operation);
    if (outcomes === undefined) this.#counts.set(operation, (outcomes = new Map()));
    outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
  }

  view(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].map(([operation, outcomes]) => [operation, Object.fromEntries(outcomes)]),
    );
  }
}
