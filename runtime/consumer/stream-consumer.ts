import type { Clock } from '../clock.ts';
import type { ReadHealth } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { Reservation } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { BatchQueue } from './batch-queue.ts';
import { BothRegions } from './both-regions.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { ConsumedRegion } from './consumed-region.ts';
import { handle, type DeadLetterHook, type Handler } from './handling.ts';
import { settledWithin } from './settled-within.ts';
import { readOnce } from './single-pass.ts';

/** How long `close` waits for a loop to ask for the next message, in ms: perhaps nobody ever will. */
const LOOP_GRACE_MS = 1_000;

export interface ConsumerParts {
  readonly primary: ConsumedRegion;
  readonly secondary: ConsumedRegion;
  /** Where new messages are written, as far as is known at the start. */
  readonly active: Role;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Name of this member of the group: two processes of one name take each other's partitions. */
  readonly instance: string;
  /** Called last in `close`: for what was opened only for this consumer. */
  readonly release?: (() => Promise<void>) | undefined;
}

/** How reading from one region goes. */
export interface Reading {
  readonly role: Role;
  readonly region: string;
  /** Its stream is known. */
  readonly isLocated: boolean;
  readonly health: ReadHealth;
}

export interface RunOptions {
  /** Ends the run after the message in hand. */
  readonly signal?: AbortSignal | undefined;
  readonly onDeadLetter?: DeadLetterHook | undefined;
}

/**
 * Reads the streams of both regions through a consumer group, at least once: what is not handled is never committed, and
 * comes again. A message of which the region stored two copies comes twice.
 */
export class StreamConsumer implements AsyncIterable<ConsumedMessage>, AsyncDisposable {
  readonly #parts: ConsumerParts;
  readonly #queue = new BatchQueue();
  readonly #regions: BothRegions;
  /** Aborts when `close` is called: no new message is begun. */
  readonly #closing = new AbortController();
  /** Aborts when `close` has waited long enough: calls under way end. */
  readonly #calls = new AbortController();
  /** Runs and passes: `close` waits for the message in hand. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #loops = new Set<Promise<void>>();
  #passing = false;
  #closed: Promise<void> | undefined;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#regions = new BothRegions(parts, this.#calls.signal, (error) => this.#fail(error));
  }

  /** The region that is read at full pace; the other one is asked now and then. */
  get active(): Role {
    return this.#regions.active.reader.role;
  }

  /** How reading from each region goes. */
  get readings(): readonly Reading[] {
    return this.#regions.readers.map((reader) => {
      const { role, regionName: region, stream, health } = reader;
      return { role, region, isLocated: stream !== undefined, health };
    });
  }

  /** Partitions of this group that other members hold, by region: their messages are not read here. */
  async heldByOthers(): Promise<readonly (Reservation & { readonly region: string })[]> {
    const held = this.#regions.readers.map(async (reader) =>
      (await reader.heldByOthers()).map((each) => ({ ...each, region: reader.regionName })),
    );
    return (await Promise.all(held)).flat();
  }

  /** For whoever watches the record: new messages are written to `role` now. `because` is what the event says. */
  activeChanged(role: Role, because: string): void {
    this.#regions.active.told(role, because);
  }

  /** For whoever watches the record: the stream of `role` is known now, or is another one. It is located again. */
  locationChanged(role: Role): void {
    this.#regions.askWhere(role);
  }

  /**
   * `for await (const message of consumer)`: a message counts as handled when the next one is asked for. One that a loop
   * was left with (break, throw) comes again, in the next loop.
   *
   * Ends when the consumer is closed. Throws an HaError when the active region refuses to be read (`AUTH`,
   * `NOT_AUTHORIZED_OR_NOT_FOUND`, `REJECTED`, `CONFIG`); an outage is waited out, and told by events.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ConsumedMessage, void, undefined> {
    return this.#messages(this.#closing.signal);
  }

  /**
   * Calls `handler` with each message, one after another. Resolves when `signal` aborts or the consumer is closed.
   *
   * @throws HaError `HANDLER` when it failed with one message `maxHandlerAttempts` times and there is no
   *   `onDeadLetter`; and whatever a loop throws.
   */
  run(handler: Handler, options: RunOptions = {}): Promise<void> {
    return this.#tracked(this.#run(handler, options));
  }

  /**
   * One pass, as the Java program reads: what one read of the active region gives (up to `readLimit` messages), or of the
   * other one when that fails. The next call, or `close`, commits them.
   *
   * @throws CallError when no region can be read.
   */
  consumeOnce(): Promise<ConsumedMessage[]> {
    return this.#tracked(this.#consumeOnce());
  }

  /**
   * Lets the message in hand be finished, commits what is handled, and leaves the group. What is not handled comes again,
   * to whoever reads next. A handler has `closeTimeoutMs` to finish, and a loop a second, so do not await this in either:
   * call it, and go on. With `commit: false` nothing of the last read of each region is committed: all of it comes again.
   */
  close(options: { readonly commit: boolean } = { commit: true }): Promise<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#messages(ends: AbortSignal): AsyncGenerator<ConsumedMessage, void, undefined> {
    this.#assertFree();
    this.#regions.follow(this.#queue, (error) => this.#fail(error as Error));
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    this.#loops.add(left);
    try {
      yield* this.#take(ends);
    } finally {
      this.#loops.delete(left);
      leave();
    }
  }

  async *#take(ends: AbortSignal): AsyncGenerator<ConsumedMessage, void, undefined> {
    for (
      let batch = await this.#queue.take(ends);
      batch !== undefined;
      batch = await this.#queue.take(ends)
    ) {
      try {
        for (let next = batch.current(); next !== undefined && !ends.aborted; next = batch.current()) {
          yield next;
          batch.advance();
        }
      } finally {
        if (!batch.isFinished) this.#queue.putBack(batch);
      }
    }
  }

  async #run(handler: Handler, { signal, onDeadLetter }: RunOptions): Promise<void> {
    const { settings, clock, emit } = this.#parts;
    const closing = this.#closing.signal;
    const ends = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    const parts = { handler, onDeadLetter, settings, clock, emit, signal: ends };
    for await (const message of this.#messages(ends)) {
      if (!(await handle(message, parts))) return;
    }
  }

  async #consumeOnce(): Promise<ConsumedMessage[]> {
    this.#assertFree();
    if (this.#regions.areFollowed) throw mixed();
    this.#passing = true;
    const { settings, clock } = this.#parts;
    try {
      return await readOnce(this.#regions.active, { settings, clock, signal: this.#closing.signal });
    } finally {
      this.#passing = false;
    }
  }

  #fail(error: Error): void {
    this.#queue.fail(error);
    void this.#regions.stop();
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async #close(options: { readonly commit: boolean }): Promise<void> {
    const { clock, settings, release } = this.#parts;
    const deadline = clock.now() + settings.closeTimeoutMs;
    this.#closing.abort(new HaError('CLOSED', 'The consumer is closed.'));
    this.#queue.close();
    const stopped = this.#regions.stop();
    await Promise.all([
      settledWithin(clock, settings.closeTimeoutMs, this.#running),
      settledWithin(clock, Math.min(settings.closeTimeoutMs, LOOP_GRACE_MS), this.#loops),
    ]);
    const leftMs = Math.max(deadline - clock.now(), settings.requestTimeoutMs);
    const cancel = clock.after(leftMs, () => this.#calls.abort(new Error('closing took too long')));
    await stopped;
    await this.#regions.settle(options);
    cancel();
    await release?.();
  }

  #assertFree(): void {
    if (this.#closed !== undefined) throw new HaError('CLOSED', 'The consumer is closed: open another one.');
    if (this.#passing) throw mixed();
  }
}

function mixed(): HaError {
  return new HaError(
    'CONFIG',
    'consumeOnce cannot be mixed with another read of one consumer: open a second one.',
  );
}
