import { nameOf, positionOf } from '../journal/index.ts';
import { SECONDARY } from '../places.ts';
import type { Evidence } from './evidence.ts';

/** Milliseconds; absent for what did not happen. */
export interface Times {
  /** From the moment the whole of the primary failed to the producer's verdict. */
  readonly toVerdictMs?: number;
  /** From the verdict to the first message that the secondary's ledger holds. */
  readonly toFirstStoredMs?: number;
  /** The longest that a message of the outage waited for its receipt. */
  readonly longestWaitMs?: number;
}

export function times(evidence: Evidence): Times {
  const { happenings, ledger } = evidence;
  const outage = happenings.find(({ type }) => type === 'outage');
  if (outage === undefined) return {};
  const longestWaitMs = Math.max(...waits(evidence, outage.at));
  const waited = Number.isFinite(longestWaitMs) ? { longestWaitMs } : {};
  const verdict = happenings.find(({ type, at }) => type === 'failover-started' && at >= outage.at);
  if (verdict === undefined) return waited;
  const there = ledger.filter(({ region, at }) => region === SECONDARY.region && at >= verdict.at);
  const toFirstStoredMs = Math.min(...there.map(({ at }) => at)) - verdict.at;
  return {
    toVerdictMs: verdict.at - outage.at,
    ...(Number.isFinite(toFirstStoredMs) ? { toFirstStoredMs } : {}),
    ...waited,
  };
}

/** From handing a message to the producer to its receipt, for those that were handed over since. A receipt names no message: the ledger does. */
function waits({ sent, receipts, ledger }: Evidence, since: number): number[] {
  const sentAt = new Map(
    sent.filter(({ at }) => at >= since).map((message) => [nameOf(message), message.at]),
  );
  const held = new Map(ledger.map((message) => [positionOf(message), nameOf(message)]));
  return receipts.flatMap((receipt) => {
    const handedOver = sentAt.get(held.get(positionOf(receipt)) ?? '');
    return handedOver === undefined ? [] : [receipt.at - handedOver];
  });
}
