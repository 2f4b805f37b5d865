import * as v from 'valibot';
import { canonicalBase64 } from '../operations/index.ts';
import { ControlError } from './control-error.ts';
import type { LedgerEntry } from './ledger.ts';

const Sent = v.strictObject({
  /** Base64; null for a message without a key. */
  key: v.nullable(v.string()),
  /** Base64. Messages are told apart by it: a history in which two are alike is refused. */
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

/** What went wrong, in Jepsen's words; every list holds values (canonical base64, as they are stored). */
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

/** What was stored in one region and stream under one key. */
interface Lane {
  readonly values: Set<string>;
  /** The place, among what was sent, of the latest of them. */
  newest: number;
}

/** Compares what was sent and received with what is stored. */
export function checkLedger(ledger: Iterable<LedgerEntry>, input: unknown): Verdict {
  const parsed = v.safeParse(History, input);
  if (!parsed.success)
    throw new ControlError(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${parsed.issues[0].message}`);
  const sent = parsed.output.sent.map(({ value, acknowledged }) => ({
    value: canonical(value),
    acknowledged,
  }));
  const received = parsed.output.received?.map(canonical);
  const places = placesOf(sent);
  const stored = new Map<string, number>();
  const lanes = new Map<string, Lane>();
  const outOfOrder = new Set<string>();

  for (const { region, streamId, key, value } of ledger) {
    stored.set(value, (stored.get(value) ?? 0) + 1);
    const place = places.get(value);
    if (place === undefined || key === null) continue;
    const lane = laneOf(lanes, `${region} ${streamId} ${key}`);
    // A copy of what this lane holds already is a duplicate, not a disorder; one in another lane says nothing of this.
    if (lane.values.has(value)) continue;
    lane.values.add(value);
    if (place < lane.newest) outOfOrder.add(value);
    else lane.newest = place;
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

function placesOf(sent: readonly { readonly value: string }[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, { value }] of sent.entries()) {
    const first = places.get(value);
    if (first !== undefined)
      throw new ControlError(
        400,
        `sent.${index}.value: sent values must be unique, and this repeats sent.${first}: ${value}`,
      );
    places.set(value, index);
  }
  return places;
}

function laneOf(lanes: Map<string, Lane>, name: string): Lane {
  const known = lanes.get(name);
  if (known !== undefined) return known;
  const lane = { values: new Set<string>(), newest: -1 };
  lanes.set(name, lane);
  return lane;
}

/** As a put stores it. What no put takes stays as it is, so that it is not taken for something else. */
function canonical(text: string): string {
  return canonicalBase64(text) ?? text;
}
