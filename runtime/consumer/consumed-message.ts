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
  /** Without an envelope. */
  readonly value?: Uint8Array;
  readonly stored?: Uint8Array;
}

/** A message for the handler. `key` and `value` are not copies: do not write to them. */
export class ConsumedMessage implements Origin {
  readonly region: string;
  readonly role: Role;
  readonly stream: string;
  readonly partition: string;
  /** Grows within a partition, with gaps. */
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
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
  /** The value as its stream held it: with its envelope, if it has one. */
  readonly stored: Uint8Array;

  constructor(
    origin: Origin,
    stored: StoredMessage,
    endsRead: boolean,
    { envelope, late = false, deadLetter, stored: bytes = stored.value, value = bytes }: Contents = {},
  ) {
    this.region = origin.region;
    this.role = origin.role;
    this.stream = origin.stream;
    this.partition = stored.partition;
    this.offset = stored.offset;
    this.key = stored.key;
    this.value = value;
    this.timestamp = stored.timestamp;
    this.endsRead = endsRead;
    this.envelope = envelope;
    this.late = late;
    this.deadLetter = deadLetter;
    this.stored = bytes;
  }

  /** The value as UTF-8 text; what is not UTF-8 becomes U+FFFD. */
  text(): string {
    return utf8.decode(this.value);
  }

  /** The key as UTF-8 text; null for a message that was put without one. */
  keyText(): string | null {
    return this.key === null ? null : utf8.decode(this.key);
  }
}
