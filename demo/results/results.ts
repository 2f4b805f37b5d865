import {
  type DiskReceipt,
  type LoggedEvent,
  type LedgerEntry,
  messageKey,
  positionKey,
  type ReceiptEntry,
  type ReceivedMessage,
  type SentMessage,
} from '../journal/entries.ts';
import { PRIMARY, SECONDARY } from '../demo-regions.ts';

/** The results of the sent messages. Key and value identify a message; all sent messages differ. */
export interface Results {
  readonly sent: number;
  /** Sent messages that are stored; also by region (a message can be in both). */
  readonly stored: number;
  readonly storedIn: Readonly<Record<string, number>>;
  /** Sent messages that the consumer printed; also by region. */
  readonly received: number;
  readonly receivedFrom: Readonly<Record<string, number>>;
  /** Sent, but in no region. */
  readonly lost: number;
  /** Stored, but never received. */
  readonly unseen: number;
  /** Receipts for a position where the ledger has no message. */
  readonly unfounded: number;
  /** Copies beside the first: stored, and received. */
  readonly copies: { readonly stored: number; readonly received: number };
  /** After a later message of the same key in the same region: as stored, and as received. */
  readonly outOfOrder: { readonly stored: number; readonly received: number };
  /** Stored in the primary before it recovered, and received from it afterwards. */
  readonly stranded: number;
  readonly times: Times;
}

export function resultsOf(observations: Observations): Results {
  const { sent, receipts, ledger, received } = observations;
  const wanted = new Set(sent.map(messageKey));
  const held = ledger.filter((message) => wanted.has(messageKey(message)));
  const seen = received.filter((message) => wanted.has(messageKey(message)));
  const stored = new Set(held.map(messageKey));
  const read = new Set(seen.map(messageKey));
  const positions = new Set(ledger.map(positionKey));
  return {
    sent: sent.length,
    stored: stored.size,
    storedIn: byRegion(held),
    received: read.size,
    receivedFrom: byRegion(seen),
    lost: sent.length - stored.size,
    unseen: [...stored].filter((name) => !read.has(name)).length,
    unfounded: receipts.filter((receipt) => !positions.has(positionKey(receipt))).length,
    copies: { stored: held.length - stored.size, received: seen.length - read.size },
    outOfOrder: { stored: outOfOrder(held, sent), received: outOfOrder(seen, sent) },
    stranded: stranded(observations),
    times: times(observations),
  };
}

/** No message is missing, and every receipt is true. */
export function isComplete({ lost, unseen, unfounded }: Results): boolean {
  return lost === 0 && unseen === 0 && unfounded === 0;
}

function byRegion(messages: readonly ReceivedMessage[]): Record<string, number> {
  const names = Object.groupBy(messages, ({ region }) => region);
  return Object.fromEntries(
    Object.entries(names).map(([region, found = []]) => [region, new Set(found.map(messageKey)).size]),
  );
}

/** The input of the results. Of what the programs say, only the receipts and the times of events count. */
export interface Observations {
  /** In the order of sending. */
  readonly sent: readonly SentMessage[];
  readonly receipts: readonly ReceiptEntry[];
  readonly diskReceipts: readonly DiskReceipt[];
  /** The stored messages, in the order of offsets. */
  readonly ledger: readonly LedgerEntry[];
  /** In the order in which the consumer printed them. */
  readonly received: readonly ReceivedMessage[];
  readonly events: readonly LoggedEvent[];
}

/**
 * The number of messages that come after a later one of their key in the same region. There is no order across the two regions, and a
 * second copy of a message does not count.
 */
function outOfOrder(messages: readonly ReceivedMessage[], sent: readonly SentMessage[]): number {
  const indexes = new Map(sent.map((message, index) => [messageKey(message), index]));
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  let late = 0;
  for (const message of messages) {
    const { region, key } = message;
    const index = indexes.get(messageKey(message));
    const copy = `${region} ${index}`;
    if (index === undefined || seen.has(copy)) continue;
    seen.add(copy);
    const lane = `${region} ${key}`;
    const before = latest.get(lane) ?? -1;
    if (index < before) late++;
    else latest.set(lane, index);
  }
  return late;
}

/** The number of messages that were unread in the primary during the outage, and were received from it after it recovered. */
export function stranded({
  events,
  ledger,
  received,
}: Pick<Observations, 'events' | 'ledger' | 'received'>): number {
  const healed = events.findLast(({ type }) => type === 'healed');
  if (healed === undefined) return 0;
  const before = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healed.at);
  const unread = new Set(before.map(positionKey));
  const readBefore = received.filter(({ at }) => at < healed.at).map(positionKey);
  for (const position of readBefore) unread.delete(position);
  const readSince = new Set(received.map(positionKey));
  return [...unread].filter((position) => readSince.has(position)).length;
}

/** Milliseconds; absent for what did not happen. */
interface Times {
  /** From the failure of the primary to the producer's verdict. */
  readonly toVerdictMs?: number;
  /** From the verdict to the first message that the secondary's ledger holds. */
  readonly toFirstStoredMs?: number;
  /** The longest wait for a receipt, from a region or from the disk, since the failure. */
  readonly longestWaitMs?: number;
}

function times(observations: Observations): Times {
  const { events, ledger } = observations;
  const outage = events.find(({ type }) => type === 'outage');
  if (outage === undefined) return {};
  const longestWaitMs = Math.max(...waits(observations, outage.at));
  const waited = Number.isFinite(longestWaitMs) ? { longestWaitMs } : {};
  const verdict = events.find(({ type, at }) => type === 'failover-started' && at >= outage.at);
  if (verdict === undefined) return waited;
  const there = ledger.filter(({ region, at }) => region === SECONDARY.region && at >= verdict.at);
  const toFirstStoredMs = Math.min(...there.map(({ at }) => at)) - verdict.at;
  return {
    toVerdictMs: verdict.at - outage.at,
    ...(Number.isFinite(toFirstStoredMs) ? { toFirstStoredMs } : {}),
    ...waited,
  };
}

/**
 * Waits from sending to receipt, for messages sent since then. The receipt of a region does not name its message, so the ledger maps
 * positions to messages.
 */
function waits({ sent, receipts, diskReceipts, ledger }: Observations, since: number): number[] {
  const sentAt = new Map(
    sent.filter(({ at }) => at >= since).map((message) => [messageKey(message), message.at]),
  );
  const held = new Map(ledger.map((message) => [positionKey(message), messageKey(message)]));
  const acknowledged = [
    ...receipts.map((receipt) => ({ name: held.get(positionKey(receipt)) ?? '', at: receipt.at })),
    ...diskReceipts.map((receipt) => ({ name: messageKey(receipt), at: receipt.at })),
  ];
  return acknowledged.flatMap(({ name, at }) => {
    const sentTime = sentAt.get(name);
    return sentTime === undefined ? [] : [at - sentTime];
  });
}
