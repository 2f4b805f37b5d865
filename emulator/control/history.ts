import * as v from 'valibot';
import { canonicalBase64 } from '../operations/index.ts';
import { ControlError } from './control-error.ts';

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

export type Receipt = v.InferOutput<typeof Receipt>;

/** One text for each place. */
export function placeOf({ streamId, partition, offset }: Receipt): string {
  return `${streamId} ${partition} ${offset}`;
}

/** Keys and values as they are stored, and the index of each value that was sent. Throws a `ControlError`. */
export function historyOf(input: unknown) {
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
