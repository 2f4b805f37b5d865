import type { Clock } from '../clock.ts';
import type { Role } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Outbox } from '../outbox/index.ts';
import type { AnyReceipt, Receipt } from '../receipt.ts';
import type { StreamRef } from '../region.ts';
import type { Router } from '../router/index.ts';
import type { Settings } from '../settings/index.ts';
import type { Message } from './message.ts';
import { Producer } from './producer.ts';
import type { StreamProducer } from './stream-producer.ts';

/** What users of the Java program know: one object between the two regions, which hands out producers. */
export interface StreamManager<R extends AnyReceipt = Receipt> extends AsyncDisposable {
  /** The region that messages go to now; undefined while none takes them. */
  readonly active: { readonly role: Role; readonly stream: StreamRef | undefined } | undefined;
  /**
   * Sends one message to whichever region is active, as the Java program's method of this name. Order per key is the order
   * of the calls. Rejects as `StreamProducer.send` does.
   */
  sendWithHA(message: Message | string): Promise<R>;
  /**
   * A producer that sends where this manager says. Closing it leaves the manager open. With an `outbox` each producer has a
   * place of its own on disk; what a producer that is gone left there is sent by the next one.
   */
  createProducer(): StreamProducer<R>;
  /** Resolves when the manager is closed, by `close`. Never rejects. */
  readonly closed: Promise<void>;
  /** Drains what `sendWithHA` accepted, then closes every producer and connection. Safe to call twice; never rejects. */
  close(): Promise<void>;
}

interface ManagerParts {
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Of the first producer. */
  readonly outbox?: Outbox | undefined;
  /** For each further one. */
  readonly openOutbox?: (() => Promise<Outbox | undefined>) | undefined;
  /** Runs once, after the last message is settled. */
  readonly onClosed: () => Promise<void>;
}

export class Manager<R extends AnyReceipt = Receipt> implements StreamManager<R> {
  readonly closed: Promise<void>;
  readonly #parts: ManagerParts;
  readonly #producers = new Set<Producer<R>>();
  #outbox: Outbox | undefined;
  #own: StreamProducer<R> | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.closed = this.#ended.promise;
    this.#outbox = parts.outbox;
  }

  get active(): { readonly role: Role; readonly stream: StreamRef | undefined } | undefined {
    const { active } = this.#parts.router.status;
    return active && { role: active.role, stream: active.stream };
  }

  sendWithHA(message: Message | string): Promise<R> {
    if (this.#closing !== undefined) {
      return Promise.reject(new HaError('CLOSED', 'The message is not stored: the manager is closed.'));
    }
    this.#own ??= this.createProducer();
    return this.#own.send(typeof message === 'string' ? { value: message } : message);
  }

  createProducer(): Producer<R> {
    const { router, settings, clock, emit, openOutbox } = this.#parts;
    const outbox = this.#outbox ?? (this.#closing === undefined ? openOutbox?.() : undefined);
    this.#outbox = undefined;
    const producer = new Producer<R>({
      router,
      settings,
      clock,
      emit,
      outbox,
      onClosed: async () => void this.#producers.delete(producer),
    });
    this.#producers.add(producer);
    return producer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().then(this.#ended.resolve);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await this.#outbox?.close();
    // What fails now loses no message.
    await this.#parts.onClosed().catch(() => {});
  }
}
