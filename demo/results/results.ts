import {
  type Happening,
  type LedgerEntry,
  nameOf,
  positionOf,
  type Receipt,
  type Received,
  type Sent,
} from '../journal/entries.ts';
import { PRIMARY, SECONDARY } from '../regions.ts';

/** What became of the messages. A message is known by its key and value; each that is sent is another one. */
export interface Verdict {
  readonly sent: number;
  /** Sent messages that a region holds, and by region (a message can be in both). */
  readonly stored: number;
  readonly storedIn: Readonly<Record<string, number>>;
  /** Sent messages that the consumer printed, and by region. */
  readonly received: number;
  readonly receivedFrom: Readonly<Record<string, number>>;
  /** Sent, and in no region. */
  readonly lost: number;
  /** In a region, and never received. */
  readonly unseen: number;
  /** Receipts for a position where the ledger holds nothing: false proof. */
  readonly unfounded: number;
  /** More than one of a message: in the regions, and as received. */
  readonly copies: { readonly stored: number; readonly received: number };
  /** Overtaken by a later one of their key in their region: as stored, and as received. */
  readonly outOfOrder: { readonly stored: number; readonly received: number };
  /** Stored in the primary before it healed, received from it afterwards. */
  readonly stranded: number;
  readonly times: Times;
}

export function verdictOn(evidence: Evidence): Verdict {
  const { sent, receipts, ledger, received } = evidence;
  const wanted = new Set(sent.map(nameOf));
  const held = ledger.filter((message) => wanted.has(nameOf(message)));
  const seen = received.filter((message) => wanted.has(nameOf(message)));
  const stored = new Set(held.map(nameOf));
  const read = new Set(seen.map(nameOf));
  const positions = new Set(ledger.map(positionOf));
  return {
    sent: sent.length,
    stored: stored.size,
    storedIn: byRegion(held),
    received: read.size,
    receivedFrom: byRegion(seen),
    lost: sent.length - stored.size,
    unseen: [...stored].filter((name) => !read.has(name)).length,
    unfounded: receipts.filter((receipt) => !positions.has(positionOf(receipt))).length,
    copies: { stored: held.length - stored.size, received: seen.length - read.size },
    outOfOrder: { stored: outOfOrder(held, sent), received: outOfOrder(seen, sent) },
    stranded: stranded(evidence),
    times: times(evidence),
  };
}

/** Nothing is missing, and every receipt was true. */
export function isWhole({ lost, unseen, unfounded }: Verdict): boolean {
  return lost === 0 && unseen === 0 && unfounded === 0;
}

function byRegion(messages: readonly Received[]): Record<string, number> {
  const names = Object.groupBy(messages, ({ region }) => region);
  return Object.fromEntries(
    Object.entries(names).map(([region, found = []]) => [region, new Set(found.map(nameOf)).size]),
  );
}

/** All that a verdict is computed from; nothing of it is what a program says of itself but its receipts. */
export interface Evidence {
  /** What was handed to the producer, in that order. */
  readonly sent: readonly Sent[];
  readonly receipts: readonly Receipt[];
  /** What the regions hold, in the order of offsets. */
  readonly ledger: readonly LedgerEntry[];
  /** What the consumer printed, in that order. */
  readonly received: readonly Received[];
  readonly happenings: readonly Happening[];
}

/**
 * How many messages come after a later one of their key, within one region. Across the switch there is no order to keep,
 * and a copy of what came already overtakes nobody.
 */
function outOfOrder(messages: readonly Received[], sent: readonly Sent[]): number {
  const turns = new Map(sent.map((message, turn) => [nameOf(message), turn]));
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  let overtaken = 0;
  for (const message of messages) {
    const { region, key } = message;
    const turn = turns.get(nameOf(message));
    const copy = `${region} ${turn}`;
    if (turn === undefined || seen.has(copy)) continue;
    seen.add(copy);
    const lane = `${region} ${key}`;
    const before = latest.get(lane) ?? -1;
    if (turn < before) overtaken++;
    else latest.set(lane, turn);
  }
  return overtaken;
}

/** How many messages lay in the primary while it was down, and were received from it once it had healed. */
export function stranded({
  happenings,
  ledger,
  received,
}: Pick<Evidence, 'happenings' | 'ledger' | 'received'>): number {
  const healed = happenings.findLast(({ type }) => type === 'healed');
  if (healed === undefined) return 0;
  const before = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healed.at);
  const lying = new Set(before.map(positionOf));
  const readBefore = received.filter(({ at }) => at < healed.at).map(positionOf);
  for (const position of readBefore) lying.delete(position);
  const readSince = new Set(received.map(positionOf));
  return [...lying].filter((position) => readSince.has(position)).length;
}

/** Milliseconds; absent for what did not happen. */
interface Times {
  /** From the moment the whole of the primary failed to the producer's verdict. */
  readonly toVerdictMs?: number;
  /** From the verdict to the first message that the secondary's ledger holds. */
  readonly toFirstStoredMs?: number;
  /** The longest that a message of the outage waited for its receipt. */
  readonly longestWaitMs?: number;
}

function times(evidence: Evidence): Times {
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
