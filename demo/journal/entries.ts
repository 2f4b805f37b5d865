import * as v from 'valibot';

/** Where a message is stored. */
export interface Position {
  readonly region: string;
  readonly partition: string;
  readonly offset: number;
}

/** A message as it was handed to the producer. `at` is wall-clock milliseconds, here and below. */
export interface Sent {
  readonly key: string;
  readonly value: string;
  readonly at: number;
}

/** The producer's proof that a region stored a message. */
export interface Receipt extends Position {
  readonly at: number;
}

/** A message as the consumer printed it. */
export interface Received extends Position {
  readonly key: string | null;
  readonly value: string;
  readonly at: number;
}

/** A message as the emulator's ledger has it; `at` is when it was stored. */
export type LedgerEntry = Received;

const Position = { region: v.string(), partition: v.string(), offset: v.number() };
export const ReceiptLine = v.object(Position);
export const ReceivedLine = v.object({ ...Position, key: v.nullable(v.string()), value: v.string() });

const Stream = v.object({ region: v.string(), ocid: v.string(), endpoint: v.string() });
/** An event of the producer or the consumer (`--log json`), as far as the story asks for it. */
const Event = v.pipe(
  v.object({
    type: v.string(),
    time: v.pipe(v.string(), v.isoTimestamp()),
    /** The words that a person would have read. */
    message: v.string(),
    role: v.optional(v.string()),
    /** The secondary that was made, or what is read from now on. */
    stream: v.optional(Stream),
    activeRegion: v.optional(v.string()),
    /** What a region is judged down for. */
    because: v.optional(v.union([v.string(), v.object({ failures: v.number(), latest: v.string() })])),
  }),
  v.transform(({ time, ...event }) => ({ ...event, at: Date.parse(time) })),
);

/** Something that happened: an event of a program, or an act of the demo itself. */
export interface Happening extends v.InferOutput<typeof Event> {
  readonly who: 'producer' | 'consumer' | 'demo';
}

/** The event in a line of a log, or undefined for a line that is none: a summary, or a last word. */
export function happeningIn(line: string, who: Happening['who']): Happening | undefined {
  const parsed = v.safeParse(Event, jsonOf(line));
  return parsed.success ? { ...parsed.output, who } : undefined;
}

/** Undefined for what is not JSON. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Messages are told apart by key and value together: a message under another key is another message. */
export function nameOf({ key, value }: { readonly key: string | null; readonly value: string }): string {
  return JSON.stringify([key, value]);
}

export function positionOf({ region, partition, offset }: Position): string {
  return `${region}/${partition}/${offset}`;
}
