import type { DeadLetter, Envelope } from '../core/index.ts';
import type { Role } from '../events.ts';
import type { StoredMessage } from '../region.ts';

/** The stream that a message was read from. */
export interface Origin {
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  readonly role: Role;
  /** OCID of the stream. */
  readonly stream: string;
}

// A byte order mark is part of the value.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What an envelope adds to a message. */
interface Contents {
  readonly envelope?: Envelope | undefined;
  readonly late?: boolean;
  readonly deadLetter?: DeadLetter | undefined;
  /** Tells copies of the message from other messages. */
  readonly id?: string | undefined;
  /** Without an envelope. */
  readonly value?: Uint8Array;
  readonly stored?: Uint8Array;
}

const NO_CONTENTS: Contents = {};

/**
 * A message for the handler. `key`, `value` and `stored` are made when they are asked for: a copy (`{...message}`,
 * `structuredClone`) is without them. They are not copies: do not write to them.
 */
export class ConsumedMessage implements Origin {
  readonly region: string;
  readonly role: Role;
  readonly stream: string;
  readonly partition: string;
  /** Grows within a partition, with gaps. */
  readonly offset: number;
  /** When the region stored it: RFC 3339, the region's clock. */
  readonly timestamp: string;
  /** The last message of its read: when the handler is done with it, the whole read is handled. */
  readonly endsRead: boolean;
  /** The id, producer, sequence, … of a message that came in an envelope; undefined for any other message. */
  readonly envelope: Envelope | undefined;
  /** In envelope mode: a newer message of the same key and producer was read before this one. */
  readonly late: boolean;
  /** Why and where an earlier handler failed with it; only for a message that is read from dead letters. */
  readonly deadLetter: DeadLetter | undefined;
  readonly #message: StoredMessage;
  readonly #id: string | undefined;
  #key: Uint8Array | undefined;
  #stored: Uint8Array | undefined;
  #value: Uint8Array | undefined;

  constructor(
    origin: Origin,
    message: StoredMessage,
    endsRead: boolean,
    { envelope, late = false, deadLetter, id, stored, value }: Contents = NO_CONTENTS,
  ) {
    this.region = origin.region;
    this.role = origin.role;
    this.stream = origin.stream;
    this.partition = message.partition;
    this.offset = message.offset;
    this.timestamp = message.timestamp;
    this.endsRead = endsRead;
    this.envelope = envelope;
    this.late = late;
    this.deadLetter = deadLetter;
    this.#message = message;
    this.#id = id;
    this.#stored = stored;
    this.#value = value;
  }

  /** What tells copies of a message from other messages; undefined: nothing does. */
  static idOf(message: ConsumedMessage): string | undefined {
    return message.#id;
  }

  get key(): Uint8Array | null {
    this.#key ??= this.#message.key ?? undefined;
    return this.#key ?? null;
  }

  get value(): Uint8Array {
    this.#value ??= this.stored;
    return this.#value;
  }

  /** The value as its stream held it: with its envelope, if it has one. */
  get stored(): Uint8Array {
    this.#stored ??= this.#message.value;
    return this.#stored;
  }

  /** The value as UTF-8 text; what is not UTF-8 becomes U+FFFD. */
  text(): string {
    return utf8.decode(this.value);
  }

  /** The key as UTF-8 text; null for a message that was put without one. */
  keyText(): string | null {
    const { key } = this;
    return key === null ? null : utf8.decode(key);
  }
}
