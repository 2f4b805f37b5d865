import { nameOf, positionOf, type Received } from '../journal/index.ts';
import type { Evidence } from './evidence.ts';
import { outOfOrder } from './order.ts';
import { stranded } from './stranded.ts';
import { times, type Times } from './times.ts';

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
