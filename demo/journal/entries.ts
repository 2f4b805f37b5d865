import * as v from 'valibot';

/** Where a message is stored. */
export interface Position {
  readonly region: string;
  readonly partition: string;
  readonly offset: number;
}

/** A message that was sent to the producer. `at` is milliseconds since 1970, here and below. */
export interface SentMessage {
  readonly key: string;
  readonly value: string;
  readonly at: number;
}

/** The producer's proof that a region stored a message. */
export interface ReceiptEntry extends Position {
  readonly at: number;
}

/** The producer's proof that a message is on disk; `at` is when it came. */
export type DiskReceipt = SentMessage;

/** A message as the consumer printed it. */
export interface ReceivedMessage extends Position {
  readonly key: string | null;
  readonly value: string;
  readonly at: number;
}

/** A message in the emulator's ledger. `at` is when it was stored. */
export type LedgerEntry = ReceivedMessage;

const Position = { region: v.string(), partition: v.string(), offset: v.number() };
/** From a region, or from the producer's outbox on disk: then it has no position, only the line of the input, from 1. */
export const ReceiptLine = v.union([
  v.object(Position),
  v.object({ type: v.literal('outbox'), line: v.number() }),
]);
export const ReceivedLine = v.object({ ...Position, key: v.nullable(v.string()), value: v.string() });

const Stream = v.object({ region: v.string(), ocid: v.string(), endpoint: v.string() });
/** The fields of an event of the producer or the consumer (`--log json`) that the demo uses. */
const Event = v.pipe(
  v.object({
    type: v.string(),
    time: v.pipe(v.string(), v.isoTimestamp()),
    /** The text of the event in a text log. */
    message: v.string(),
    role: v.optional(v.string()),
    /** The secondary that was created, or the stream that is read from now on. */
    stream: v.optional(Stream),
    activeRegion: v.optional(v.string()),
    /** Why a region counts as down. */
    because: v.optional(v.union([v.string(), v.object({ failures: v.number(), latest: v.string() })])),
  }),
  v.transform(({ time, ...event }) => ({ ...event, at: Date.parse(time) })),
);

/** An event of a program, or an action of the demo. */
export interface LoggedEvent extends v.InferOutput<typeof Event> {
  readonly who: 'producer' | 'consumer' | 'demo';
}

/** The event in a line of a log. Undefined for any other line, for example a summary. */
export function parseEvent(line: string, who: LoggedEvent['who']): LoggedEvent | undefined {
  const parsed = v.safeParse(Event, jsonOf(line));
  return parsed.success ? { ...parsed.output, who } : undefined;
}

/** Undefined if the line is not JSON. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Identifies a message: the same value with another key is another message. */
export function messageKey({ key, value }: { readonly key: string | null; readonly value: string }): string {
  return JSON.stringify([key, value]);
}

export function positionKey({ region, partition, offset }: Position): string {
  return `${region}/${partition}/${offset}`;
}
