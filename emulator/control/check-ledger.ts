import { fatesOf, type Fates } from './fates.ts';
import { historyOf, placeOf, type Receipt } from './history.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Taken } from './taken.ts';

/** What went wrong, in Jepsen's words; every list holds values (canonical base64, as they are stored). */
export interface Verdict extends Fates {
  /** Stored, but not where its receipt says. */
  readonly misplaced: string[];
  /** Stored more than once. */
  readonly duplicate: string[];
  /** Stored, in one region, only after a later message of the same key. */
  readonly outOfOrder: string[];
  /** Stored, also if retention took it since, and not received. */
  readonly unseen: string[];
  /** Stored or received, and never sent, or sent with another key. */
  readonly unexpected: string[];
}

/** What was stored in one region and stream under one key. */
interface Lane {
  readonly values: Set<string>;
  /** The place, among what was sent, of the latest of them. */
  newest: number;
}

/** Compares what was sent and received with what is stored, and with what retention took. */
export function checkLedger(ledger: Iterable<LedgerEntry>, taken: Taken, input: unknown): Verdict {
  const { sent, received, places } = historyOf(input);
  const stored = new Map<string, string[]>();
  const unexpected = new Set<string>();
  const lanes = new Map<string, Lane>();
  const outOfOrder = new Set<string>();

  for (const { region, streamId, partition, offset, key, value } of ledger) {
    const at = placeOf({ streamId, partition, offset });
    const copies = stored.get(value);
    if (copies === undefined) stored.set(value, [at]);
    else copies.push(at);
    const place = places.get(value);
    if (place === undefined || sent[place]!.key !== key) unexpected.add(value);
    if (place === undefined || key === null) continue;
    const lane = laneOf(lanes, `${region} ${streamId} ${key}`);
    // A copy of what this lane holds already is a duplicate, not a disorder; one in another lane says nothing of this.
    if (lane.values.has(value)) continue;
    lane.values.add(value);
    if (place < lane.newest) outOfOrder.add(value);
    else lane.newest = place;
  }
  const isElsewhere = (receipt: Receipt, copies: readonly string[] | undefined): boolean =>
    copies !== undefined && !copies.includes(placeOf(receipt)) && !taken.has(receipt);
  const seen = new Set(received);
  for (const value of seen) if (!places.has(value)) unexpected.add(value);
  const gone = fatesOf(
    sent.filter(({ acknowledged, value }) => acknowledged && !stored.has(value)),
    taken,
  );
  return {
    ...gone,
    misplaced: sent
      .filter(({ receipt, value }) => receipt && isElsewhere(receipt, stored.get(value)))
      .map(({ value }) => value),
    duplicate: [...stored].filter(([, copies]) => copies.length > 1).map(([value]) => value),
    outOfOrder: [...outOfOrder],
    unseen:
      received === undefined ? [] : [...stored.keys(), ...gone.expired].filter((value) => !seen.has(value)),
    unexpected: [...unexpected],
  };
}

function laneOf(lanes: Map<string, Lane>, name: string): Lane {
  const known = lanes.get(name);
  if (known !== undefined) return known;
  const lane = { values: new Set<string>(), newest: -1 };
  lanes.set(name, lane);
  return lane;
}
