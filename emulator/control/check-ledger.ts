import * as v from 'valibot';
import { ControlError } from './control-error.ts';
import type { LedgerEntry } from './ledger.ts';

const Sent = v.strictObject({
  /** Base64; null for a message without a key. */
  key: v.nullable(v.string()),
  /** Base64. Messages are told apart by it, so no two that were sent may be alike. */
  value: v.string(),
  /** Whether the sender was told that it is stored. Default yes. */
  acknowledged: v.optional(v.boolean(), true),
});

const History = v.strictObject({
  /** In the order in which it was sent. */
  sent: v.array(Sent),
  /** Values that consumers were given, base64. Without it, nothing is said about `unseen`. */
  received: v.optional(v.array(v.string())),
});

/** What senders and receivers know. */
export type History = v.InferInput<typeof History>;

/** What went wrong, in Jepsen's words; every list holds values (base64). */
export interface Verdict {
  /** Acknowledged, and stored nowhere. */
  readonly lost: string[];
  /** Stored more than once. */
  readonly duplicate: string[];
  /** Stored, in one region, only after a later message of the same key. */
  readonly outOfOrder: string[];
  /** Stored, and not received. */
  readonly unseen: string[];
  /** Stored or received, and never sent. */
  readonly unexpected: string[];
}

/** Compares what was sent and received with what is stored. */
export function checkLedger(ledger: Iterable<LedgerEntry>, input: unknown): Verdict {
  const parsed = v.safeParse(History, input);
  if (!parsed.success)
    throw new ControlError(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${parsed.issues[0].message}`);
  const { sent, received } = parsed.output;
  const places = new Map(sent.map(({ value }, index) => [value, index]));
  const stored = new Map<string, number>();
  const newest = new Map<string, number>();
  const outOfOrder = new Set<string>();

  for (const { region, streamId, key, value } of ledger) {
    const copies = stored.get(value) ?? 0;
    stored.set(value, copies + 1);
    const place = places.get(value);
    // A copy of what is there already is a duplicate, not a disorder.
    if (place === undefined || key === null || copies > 0) continue;
    const lane = `${region} ${streamId} ${key}`;
    const before = newest.get(lane) ?? -1;
    if (place < before) outOfOrder.add(value);
    else newest.set(lane, place);
  }
  const seen = new Set(received);
  return {
    lost: sent
      .filter(({ acknowledged, value }) => acknowledged && !stored.has(value))
      .map(({ value }) => value),
    duplicate: [...stored].filter(([, copies]) => copies > 1).map(([value]) => value),
    outOfOrder: [...outOfOrder],
    unseen: received === undefined ? [] : [...stored.keys()].filter((value) => !seen.has(value)),
    unexpected: [...new Set([...stored.keys(), ...seen])].filter((value) => !places.has(value)),
  };
}
