import {
  LateMessages,
  readDeadLetter,
  RecentHashes,
  unwrap,
  type DeadLetter,
  type Envelope,
} from '../core/index.ts';
import type { StoredMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';
import type { HandledIds } from './handled-ids.ts';

/** Ids of handled messages that are remembered. */
export const WINDOW = 1_000_000;
/** Keys whose newest message is remembered. */
const LATE_KEYS = 262_144;

interface Claim {
  readonly owner: object;
  /** Present when another owner waits for its end. */
  ended: PromiseWithResolvers<void> | undefined;
}

interface DeduplicatorParts {
  readonly settings: Pick<Settings, 'envelope' | 'fromDeadLetters'>;
  /** Keeps the ids for the next process. */
  readonly file?: Pick<HandledIds, 'load' | 'append'> | undefined;
}

/**
 * Takes messages out of their envelopes, or out of dead letters, and finds copies of messages that are handled, in both
 * regions. An id is remembered when its message is handled, not when it is read: until then a copy is no copy, so a
 * handler that fails, or a process that ends, loses nothing.
 */
export class Deduplicator {
  readonly #handled = new RecentHashes(WINDOW);
  readonly #order = new LateMessages(LATE_KEYS);
  readonly #settings: DeduplicatorParts['settings'];
  readonly #file: DeduplicatorParts['file'];
  /** Messages that a loop has, by id. */
  readonly #claims = new Map<string, Claim>();
  #copies = 0;
  #late = 0;

  constructor({ settings, file }: DeduplicatorParts) {
    this.#settings = settings;
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
    const dead = this.#settings.fromDeadLetters === undefined ? undefined : readDeadLetter(stored.value);
    const bytes = dead?.value ?? stored.value;
    const unwrapped = this.#settings.envelope ? unwrap(bytes) : undefined;
    const [deadLetter, envelope] = [dead?.letter, unwrapped?.envelope];
    const id = idOf(deadLetter, envelope);
    if (id !== undefined && this.#isHandled(id)) return undefined;
    // Those that failed are read later than others: that is not their order.
    const late =
      envelope !== undefined && dead === undefined && this.#order.isLate({ key: stored.key, ...envelope });
    if (late) this.#late += 1;
    return new ConsumedMessage(origin, stored, endsRead, {
      envelope,
      deadLetter,
      id,
      late,
      stored: bytes,
      value: unwrapped?.value ?? bytes,
    });
  }

  /** Whether another copy was handled since the message was opened. */
  isCopy(message: ConsumedMessage): boolean {
    const id = ConsumedMessage.idOf(message);
    return id !== undefined && this.#isHandled(id);
  }

  /**
   * Takes the message for `owner`. When another owner has a copy of it: a promise that resolves when that one has handled or
   * released it.
   */
  claim(message: ConsumedMessage, owner: object): Promise<void> | undefined {
    const id = ConsumedMessage.idOf(message);
    if (id === undefined) return undefined;
    const claim = this.#claims.get(id);
    if (claim === undefined) this.#claims.set(id, { owner, ended: undefined });
    if (claim === undefined || claim.owner === owner) return undefined;
    claim.ended ??= Promise.withResolvers();
    return claim.ended.promise;
  }

  /** Gives a message back that is not handled. Does nothing when another owner has it. */
  release(message: ConsumedMessage, owner: object): void {
    const id = ConsumedMessage.idOf(message);
    if (id !== undefined && this.#claims.get(id)?.owner === owner) this.#endClaim(id);
  }

  /** Remembers the message; gives its id for `save`. */
  handled(message: ConsumedMessage): string | undefined {
    const id = ConsumedMessage.idOf(message);
    if (id === undefined) return undefined;
    this.#handled.add(id);
    this.#endClaim(id);
    return id;
  }

  /** Keeps ids for the next process, just before their messages are committed. Never rejects. */
  async save(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#file?.append(ids);
  }

  #endClaim(id: string): void {
    const claim = this.#claims.get(id);
    this.#claims.delete(id);
    claim?.ended?.resolve();
  }

  #isHandled(id: string): boolean {
    const isHandled = this.#handled.has(id);
    if (isHandled) this.#copies += 1;
    return isHandled;
  }
}

/**
 * Undefined: nothing tells a copy from another message. A dead letter has an id of its own: its message was handled once, and
 * is handed out again on purpose.
 */
function idOf(deadLetter: DeadLetter | undefined, envelope: Envelope | undefined): string | undefined {
  if (deadLetter !== undefined) return `dead letter ${deadLetter.id}`;
  if (envelope === undefined) return undefined;
  const { id, producer, sequence } = envelope;
  // CloudEvents: an id is unique for its source. The ids of `EnvelopeWriter` hold both; other pairs become a text that cannot
  // be one of those, nor that of another pair.
  return id === `${producer}-${sequence}` ? id : JSON.stringify([producer, id]);
}
