import { readCloudEvent, writeCloudEvent } from './cloud-event.ts';

/** The `type` attribute of a dead letter. */
const DEAD_LETTER_TYPE = 'oci-streaming-ha.dead-letter';
/** The longest reason, in characters: it takes room from the value. */
const MAX_REASON = 1_000;

/** Where a message was stored. */
export interface MessagePosition {
  readonly region: string;
  /** OCID of the stream. */
  readonly stream: string;
  readonly partition: string;
  readonly offset: number;
}

/** What is known of a message that a handler failed with. */
export interface DeadLetter {
  /** The same for all copies of the dead letter. */
  readonly id: string;
  /** The last error of the handler, in words. */
  readonly reason: string;
  /** Calls of handlers for the message, in all. */
  readonly attempts: number;
  /** Where the message was read first. */
  readonly first: MessagePosition;
}

/** `value`: the bytes of the message as its stream held them, in its envelope if it has one. */
export function writeDeadLetter(letter: DeadLetter, group: string, time: string, value: Uint8Array): Buffer {
  const { id, reason, attempts, first } = letter;
  const attributes = {
    specversion: '1.0',
    type: DEAD_LETTER_TYPE,
    source: group,
    id,
    time,
    reason: reason.slice(0, MAX_REASON),
    attempts,
    region: first.region,
    stream: first.stream,
    partition: first.partition,
    offset: String(first.offset),
  };
  const head = `${JSON.stringify(attributes).slice(1, -1)},`;
  return writeCloudEvent(head, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
}

/** Undefined for a value that is no dead letter, or not a whole one. */
export function readDeadLetter(
  value: Uint8Array,
): { readonly letter: DeadLetter; readonly value: Uint8Array } | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const event = readCloudEvent(bytes, DEAD_LETTER_TYPE);
  if (event === undefined) return undefined;
  const { id, reason, attempts, region, stream, partition, offset } = event.attributes;
  if (typeof id !== 'string' || id === '' || typeof reason !== 'string') return undefined;
  if (typeof attempts !== 'number' || !Number.isSafeInteger(attempts)) return undefined;
  if (typeof region !== 'string' || typeof stream !== 'string' || typeof partition !== 'string')
    return undefined;
  if (typeof offset !== 'string' || !/^\d+$/.test(offset) || !Number.isSafeInteger(Number(offset)))
    return undefined;
  const first = { region, stream, partition, offset: Number(offset) };
  return { letter: { id, reason, attempts, first }, value: event.value };
}
