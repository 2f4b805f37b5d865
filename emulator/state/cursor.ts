import * as v from 'valibot';

/** Milliseconds since 1970, within the range of `Date`: a cursor is not signed, so a client can send any number. */
const Time = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15));

/**
 * The content of a cursor, with the field names of the service's cursors (seen 2020 to 2024). Clients treat it as opaque; it is neither
 * signed nor encrypted.
 */
const PartitionCursor = v.object({
  cursorType: v.literal('partition'),
  type: v.picklist(['TrimHorizon', 'AtOffset', 'AfterOffset', 'AtTime', 'Latest']),
  /** For `AtOffset` and `AfterOffset`. For `Latest`: the next offset when the cursor was created. */
  offset: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  /** Milliseconds since 1970, for `AtTime`. */
  time: v.optional(Time),
  partition: v.pipe(v.string(), v.regex(/^\d{1,6}$/)),
  streamId: v.string(),
  expiration: Time,
});

const GroupCursor = v.object({
  cursorType: v.literal('group'),
  streamId: v.string(),
  expiration: Time,
  groupName: v.string(),
  instanceName: v.string(),
  /** Partition to the last offset that was delivered and not committed. */
  offsets: v.record(
    v.pipe(v.string(), v.regex(/^\d{1,6}$/)),
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  ),
  commitOnGet: v.boolean(),
  generation: v.number(),
  timeoutInMs: v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1)),
});

const Cursor = v.variant('cursorType', [PartitionCursor, GroupCursor]);

export type PartitionCursor = v.InferOutput<typeof PartitionCursor>;
export type GroupCursor = v.InferOutput<typeof GroupCursor>;
export type Cursor = PartitionCursor | GroupCursor;

/** A cursor expires 5 minutes after it was issued. */
export const CURSOR_LIFE_MS = 5 * 60_000;

/** base64url: clients put cursors into the query without escaping them, and a `+` would arrive as a space. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

export function decodeCursor(text: string): Cursor | undefined {
  if (!/^[A-Za-z0-9_-]{1,16000}={0,2}$/.test(text)) return undefined;
  try {
    const result = v.safeParse(Cursor, JSON.parse(Buffer.from(text, 'base64url').toString()));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
