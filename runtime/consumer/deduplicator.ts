import { LateMessages, RecentHashes, unwrap } from '../core/index.ts';
import type { StoredMessage } from '../region.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';
import type { HandledIds } from './handled-ids.ts';

/** Ids of handled messages that are remembered. */
export const WINDOW = 1_000_000;
/** Keys whose newest message is remembered. */
const LATE_KEYS = 262_144;

interface Claim {
  readonly owner: object;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * Envelope mode of a consumer: takes messages out of their envelopes, and finds copies of messages that are handled, in
 * both regions. An id is remembered when its message is handled, not when it is read: until then a copy is no copy, so a
 * handler that fails, or a process that ends, loses nothing.
 */
export class Deduplicator {
  readonly #handled = new RecentHashes(WINDOW);
  readonly #order = new LateMessages(LATE_KEYS);
  readonly #file: HandledIds | undefined;
  /** Messages that a loop has, by id. */
  readonly #claims = new Map<string, Claim>();
  #copies = 0;
  #late = 0;

  /** `file` keeps the ids for the next process. */
  constructor(file?: HandledIds) {
    this.#file = file;
    file?.load(this.#handled);
  }

  /** Copies that were removed. */
  get copies(): number {
    return this.#copies;
  }

  /** Messages that were read later than a newer one of their key and producer. */
  get late(): number {
    return this.#late;
  }

  /** The message without its envelope; one that has none is passed through. Undefined for a copy of a handled message. */
  open(origin: Origin, stored: StoredMessage, endsRead: boolean): ConsumedMessage | undefined {
    const unwrapped = unwrap(stored.value);
    if (unwrapped === undefined) return new ConsumedMessage(origin, stored, endsRead);
    const { envelope, value } = unwrapped;
    if (this.#isHandled(idOf(envelope))) return undefined;
    const late = this.#order.isLate({ key: stored.key, ...envelope });
    if (late) this.#late += 1;
    return new ConsumedMessage(origin, { ...stored, value }, endsRead, { envelope, late });
  }

  /** Whether another copy was handled since the message was opened. */
  isCopy({ envelope }: ConsumedMessage): boolean {
    return envelope !== undefined && this.#isHandled(idOf(envelope));
  }

  /**
   * Takes the message for `owner`. When another owner has a copy of it: a promise that resolves when that one has handled or
   * released it.
   */
  claim({ envelope }: ConsumedMessage, owner: object): Promise<void> | undefined {
    if (envelope === undefined) return undefined;
    const id = idOf(envelope);
    const claim = this.#claims.get(id);
    if (claim !== undefined) return claim.owner === owner ? undefined : claim.ended;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#claims.set(id, { owner, ended, end });
    return undefined;
  }

  /** Gives a message back that is not handled. */
  release({ envelope }: ConsumedMessage): void {
    if (envelope === undefined) return;
    const id = idOf(envelope);
    this.#claims.get(id)?.end();
    this.#claims.delete(id);
  }

  /** Remembers the message; gives its id for `save`. */
  handled(message: ConsumedMessage): string | undefined {
    if (message.envelope === undefined) return undefined;
    const id = idOf(message.envelope);
    this.#handled.add(id);
    this.release(message);
    return id;
  }

  /** Keeps ids for the next process, just before their messages are committed. Never rejects. */
  async save(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#file?.append(ids);
  }

  #isHandled(id: string): boolean {
    const isHandled = this.#handled.has(id);
    if (isHandled) this.#copies += 1;
    return isHandled;
  }
}

/** CloudEvents: an id is unique for its source. The ids of this project hold their producer. */
function idOf({ id, producer }: { readonly id: string; readonly producer: string }): string {
  return id.startsWith(producer) ? id : `${producer} ${id}`;
}
