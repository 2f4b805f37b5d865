import * as v from 'valibot';
import { ControlError } from './control-reply.ts';
import type { LedgerEntry } from './ledger.ts';
import { canonicalBase64 } from '../state/base64.ts';
import type { RegionState } from '../state/region-state.ts';

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

/** Values of acknowledged messages that are not stored, by what became of them. */
interface Fates {
  /** Stored nowhere, although retention cannot have taken it. */
  readonly lost: string[];
  /** Gone from its place, as is all that is older there: retention took it. */
  readonly expired: string[];
  /** Without a receipt, and gone: lost or taken by retention, nobody can tell. */
  readonly unknown: string[];
}

function fatesOf(
  missing: readonly { readonly value: string; readonly receipt?: Receipt | undefined }[],
  taken: Taken,
): Fates {
  const fates: Fates = { lost: [], expired: [], unknown: [] };
  for (const { value, receipt } of missing) {
    if (receipt === undefined) fates[taken.nothing ? 'lost' : 'unknown'].push(value);
    else fates[taken.has(receipt) ? 'expired' : 'lost'].push(value);
  }
  return fates;
}

/** What retention took: of each partition, all below an offset. */
export class Taken {
  /** By stream and partition; those of which it took nothing are not in it. */
  readonly #before = new Map<string, number>();

  constructor(regions: Iterable<RegionState>) {
    for (const { streams } of regions) {
      for (const { id, partitions } of streams.values()) {
        for (const [partition, { lostBefore }] of partitions.entries())
          if (lostBefore > 0) this.#before.set(`${id} ${partition}`, lostBefore);
      }
    }
  }

  get nothing(): boolean {
    return this.#before.size === 0;
  }

  has({ streamId, partition, offset }: Receipt): boolean {
    return offset < (this.#before.get(`${streamId} ${partition}`) ?? 0);
  }
}

/** Where the sender was told that the message is. */
const Receipt = v.strictObject({
  streamId: v.string(),
  partition: v.string(),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const Sent = v.strictObject({
  /** Base64; null for a message without a key. */
  key: v.nullable(v.string()),
  /** Base64. Messages are told apart by it: a history in which two are alike is refused. */
  value: v.string(),
  /** Whether the sender was told that it is stored. Default yes. */
  acknowledged: v.optional(v.boolean(), true),
  /** With it, the message has to be there, and one that retention took is not taken for lost. */
  receipt: v.optional(Receipt),
});

const History = v.strictObject({
  /** In the order in which it was sent. */
  sent: v.array(Sent),
  /** Values that consumers were given, base64. Without it, nothing is said about `unseen`. */
  received: v.optional(v.array(v.string())),
});

/** What senders and receivers know. */
export type History = v.InferInput<typeof History>;

type Receipt = v.InferOutput<typeof Receipt>;

/** One text for each place. */
function placeOf({ streamId, partition, offset }: Receipt): string {
  return `${streamId} ${partition} ${offset}`;
}

/** Keys and values as they are stored, and the index of each value that was sent. Throws a `ControlError`. */
function historyOf(input: unknown) {
  const parsed = v.safeParse(History, input);
  if (!parsed.success)
    throw new ControlError(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${parsed.issues[0].message}`);
  const sent = parsed.output.sent.map((message) => ({
    ...message,
    key: message.key === null ? null : canonical(message.key),
    value: canonical(message.value),
  }));
  const received = parsed.output.received?.map(canonical);
  return { sent, received, places: placesOf(sent) };
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

/** As a put stores it. What no put takes stays as it is, so that it is not taken for something else. */
function canonical(text: string): string {
  return canonicalBase64(text) ?? text;
}
