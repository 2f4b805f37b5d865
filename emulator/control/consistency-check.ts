import * as v from 'valibot';
import { canonicalBase64 } from '../state/base64.ts';
import type { RegionState } from '../state/region-state.ts';
import { ControlError } from './control-reply.ts';
import type { LedgerEntry } from './ledger.ts';

/** The place that the sender was told for its message. */
const MessagePosition = v.strictObject({
  streamId: v.string(),
  partition: v.string(),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const SentMessage = v.strictObject({
  /** Base64; null for a message without a key. */
  key: v.nullable(v.string()),
  /** Base64. The value identifies the message: a history that contains a value twice is refused. */
  value: v.string(),
  /** Whether the sender got a receipt. Default true. */
  acknowledged: v.optional(v.boolean(), true),
  /** With it the check can tell a misplaced message, and one that retention removed from a lost one. */
  receipt: v.optional(MessagePosition),
});

const History = v.strictObject({
  /** In the order of sending. */
  sent: v.array(SentMessage),
  /** The values that consumers received, base64. Without it `unseen` stays empty. */
  received: v.optional(v.array(v.string())),
});

/** What senders and receivers know. */
export type History = v.InferInput<typeof History>;

type MessagePosition = v.InferOutput<typeof MessagePosition>;

/** What is wrong, in the terms of Jepsen's checkers. Each list holds values, as canonical base64. */
export interface CheckResult extends MissingMessages {
  /** Stored, but not where its receipt says. */
  readonly misplaced: string[];
  /** Stored more than once. */
  readonly duplicate: string[];
  /** Stored in one region only after a later message of the same key. */
  readonly outOfOrder: string[];
  /** Stored (even if retention removed it later) and not received. */
  readonly unseen: string[];
  /** Stored or received, but never sent, or sent with another key. */
  readonly unexpected: string[];
}

/** Acknowledged messages that are not stored. */
interface MissingMessages {
  /** Stored nowhere, and retention did not remove it. */
  readonly lost: string[];
  /** Retention removed its offset and all older ones. */
  readonly expired: string[];
  /** Without a receipt it is unknown whether it was lost or expired. */
  readonly unknown: string[];
}

/** The messages of one key in one stream of one region. */
interface KeySequence {
  readonly values: Set<string>;
  /** The largest index in `sent` so far. */
  newest: number;
}

/** Compares what was sent and received with the ledger, and with the offsets that retention removed. */
export function checkConsistency(
  ledger: Iterable<LedgerEntry>,
  expiredOffsets: ExpiredOffsets,
  input: unknown,
): CheckResult {
  const { sent, received, indexOfValue } = parseHistory(input);
  const stored = new Map<string, string[]>();
  const unexpected = new Set<string>();
  const sequences = new Map<string, KeySequence>();
  const outOfOrder = new Set<string>();

  for (const { region, streamId, partition, offset, key, value } of ledger) {
    const position = positionKey({ streamId, partition, offset });
    const copies = stored.get(value);
    if (copies === undefined) stored.set(value, [position]);
    else copies.push(position);
    const index = indexOfValue.get(value);
    if (index === undefined || sent[index]!.key !== key) unexpected.add(value);
    if (index === undefined || key === null) continue;
    const sequence = sequenceOf(sequences, `${region} ${streamId} ${key}`);
    // A second copy in the same sequence is a duplicate, and does not count as out of order.
    if (sequence.values.has(value)) continue;
    sequence.values.add(value);
    if (index < sequence.newest) outOfOrder.add(value);
    else sequence.newest = index;
  }
  const isElsewhere = (receipt: MessagePosition, copies: readonly string[] | undefined): boolean =>
    copies !== undefined && !copies.includes(positionKey(receipt)) && !expiredOffsets.has(receipt);
  const seen = new Set(received);
  for (const value of seen) if (!indexOfValue.has(value)) unexpected.add(value);
  const missing = classifyMissing(
    sent.filter(({ acknowledged, value }) => acknowledged && !stored.has(value)),
    expiredOffsets,
  );
  return {
    ...missing,
    misplaced: sent
      .filter(({ receipt, value }) => receipt && isElsewhere(receipt, stored.get(value)))
      .map(({ value }) => value),
    duplicate: [...stored].filter(([, copies]) => copies.length > 1).map(([value]) => value),
    outOfOrder: [...outOfOrder],
    unseen:
      received === undefined
        ? []
        : [...stored.keys(), ...missing.expired].filter((value) => !seen.has(value)),
    unexpected: [...unexpected],
  };
}

function sequenceOf(sequences: Map<string, KeySequence>, name: string): KeySequence {
  const existing = sequences.get(name);
  if (existing !== undefined) return existing;
  const sequence = { values: new Set<string>(), newest: -1 };
  sequences.set(name, sequence);
  return sequence;
}

function classifyMissing(
  messages: readonly { readonly value: string; readonly receipt?: MessagePosition | undefined }[],
  expiredOffsets: ExpiredOffsets,
): MissingMessages {
  const missing: MissingMessages = { lost: [], expired: [], unknown: [] };
  for (const { value, receipt } of messages) {
    if (receipt === undefined) missing[expiredOffsets.isEmpty ? 'lost' : 'unknown'].push(value);
    else missing[expiredOffsets.has(receipt) ? 'expired' : 'lost'].push(value);
  }
  return missing;
}

/** The offsets that retention removed: in each partition all offsets below a limit. */
export class ExpiredOffsets {
  /** The limit by stream and partition. Partitions without removed messages are absent. */
  readonly #limits = new Map<string, number>();

  constructor(regions: Iterable<RegionState>) {
    for (const { streams } of regions) {
      for (const { id, partitions } of streams.values()) {
        for (const [partition, { lostBefore }] of partitions.entries())
          if (lostBefore > 0) this.#limits.set(`${id} ${partition}`, lostBefore);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#limits.size === 0;
  }

  has({ streamId, partition, offset }: MessagePosition): boolean {
    return offset < (this.#limits.get(`${streamId} ${partition}`) ?? 0);
  }
}

function positionKey({ streamId, partition, offset }: MessagePosition): string {
  return `${streamId} ${partition} ${offset}`;
}

/** Keys and values as canonical base64, and the index of each sent value. Throws a `ControlError`. */
function parseHistory(input: unknown) {
  const parsed = v.safeParse(History, input);
  if (!parsed.success)
    throw new ControlError(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${parsed.issues[0].message}`);
  const sent = parsed.output.sent.map((message) => ({
    ...message,
    key: message.key === null ? null : canonical(message.key),
    value: canonical(message.value),
  }));
  const received = parsed.output.received?.map(canonical);
  return { sent, received, indexOfValue: indexValues(sent) };
}

function indexValues(sent: readonly { readonly value: string }[]): Map<string, number> {
  const indexOfValue = new Map<string, number>();
  for (const [index, { value }] of sent.entries()) {
    const first = indexOfValue.get(value);
    if (first !== undefined)
      throw new ControlError(
        400,
        `sent.${index}.value: sent values must be unique, and this repeats sent.${first}: ${value}`,
      );
    indexOfValue.set(value, index);
  }
  return indexOfValue;
}

/** Text that is not base64 stays as it is: it then matches no stored value. */
function canonical(text: string): string {
  return canonicalBase64(text) ?? text;
}
