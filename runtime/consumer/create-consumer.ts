import { checkArgument, checkArguments } from '../arguments.ts';
import type { Clock } from '../clock.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import { BatchQueue, type Batch } from './batch-queue.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import { Deduplicator } from './deduplicator.ts';
import { DualReader } from './dual-reader.ts';
import { claim, handleOneByOne, handleTogether, type BatchHandler } from './handle-batch.ts';
import type { DeadLetterHook, Handler } from './handle-message.ts';
import type { HandledIds } from './handled-ids.ts';
import type { ConsumedRegion } from './membership.ts';
import { SingleReads } from './single-reads.ts';
import type {
  BatchRunOptions,
  ConsumerStats,
  HeldPartition,
  Reading,
  RegionStats,
  RunOptions,
  StreamConsumer,
} from './stream-consumer.ts';

export interface ConsumerParts {
  readonly primary: ConsumedRegion;
  readonly secondary: ConsumedRegion;
  /** The region that new messages are written to, as far as is known at the start. */
  readonly active: Role;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** The name of this member of the group. Two processes of one name would take each other's partitions. */
  readonly instance: string;
  /** Keeps the ids of handled messages for the next process (envelope mode). */
  readonly handledIds?: Pick<HandledIds, 'load' | 'append'> | undefined;
  /** For runs without an `onDeadLetter` of their own. */
  readonly onDeadLetter?: DeadLetterHook | undefined;
  /** Called last in `close`: it closes what was opened for this consumer. */
  readonly release?: (() => Promise<void>) | undefined;
}

/** A consumer, and the functions that tell it of changes. */
export interface OpenedConsumer {
  readonly consumer: StreamConsumer;
  /** New messages are now written to `role`. The event names the reason `because`. */
  setActive(role: Role, because: string): void;
  /** Looks for the stream of `role` again. */
  relocate(role: Role): void;
}

/** A consumer of two regions. Reading begins with the first loop, `run` or `consumeOnce`. */
export function createConsumer(parts: ConsumerParts): OpenedConsumer {
  const calls = new AbortController();
  const { settings, handledIds: file } = parts;
  const isWrapped = settings.envelope || settings.fromDeadLetters !== undefined;
  const deduplicator = isWrapped ? new Deduplicator({ settings, file }) : undefined;
  const regions = new DualReader({ ...parts, deduplicator }, calls.signal);
  return {
    consumer: new GroupConsumer(parts, regions, calls, deduplicator),
    setActive: (role, because) => regions.setActive(role, because),
    relocate: (role) => regions.relocate(role),
  };
}

/** How long `close` waits for a loop to ask for its next message, in ms. A loop that was abandoned never does. */
const LOOP_GRACE_MS = 1_000;
const ROLES = ['primary', 'secondary'] as const;

class GroupConsumer implements StreamConsumer {
  readonly closed: Promise<void>;
  readonly #parts: ConsumerParts;
  readonly #queue = new BatchQueue();
  readonly #regions: DualReader;
  readonly #deduplicator: Deduplicator | undefined;
  /** Aborts when `close` is called: no further message is handed out. */
  readonly #closing = new AbortController();
  /** Aborts when `close` takes too long: it ends calls under way. */
  readonly #calls: AbortController;
  /** Calls of `run` and `consumeOnce` under way: `close` waits for them. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #loops = new Set<Promise<void>>();
  readonly #resolveClosed: () => void;
  #singleReads: SingleReads | undefined;
  #passing = false;
  #isClosing = false;

  constructor(
    parts: ConsumerParts,
    regions: DualReader,
    calls: AbortController,
    deduplicator: Deduplicator | undefined,
  ) {
    this.#parts = parts;
    this.#regions = regions;
    this.#calls = calls;
    this.#deduplicator = deduplicator;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  get active(): Role {
    return this.#regions.active.role;
  }

  [Symbol.asyncIterator](): AsyncGenerator<ConsumedMessage, void, undefined> {
    return this.#messages(this.#closing.signal);
  }

  run(handler: Handler | BatchHandler, options: RunOptions | BatchRunOptions = {}): Promise<void> {
    // A handler that never ends does not keep the run of a closed consumer from ending.
    return this.#tracked(Promise.race([this.#run(handler, options), this.closed]));
  }

  consumeOnce(): Promise<ConsumedMessage[]> {
    return this.#tracked(this.#consumeOnce());
  }

  stats(): ConsumerStats {
    const { active, activeSince, switches } = this.#regions;
    const of = (role: Role): RegionStats => {
      const reader = this.#regions.reader(role);
      return { region: reader.regionName, ...reader.counts };
    };
    const [primary, secondary] = [of('primary'), of('secondary')];
    return {
      reads: primary.reads + secondary.reads,
      received: primary.received + secondary.received,
      buffered: primary.buffered + secondary.buffered,
      committed: primary.committed + secondary.committed,
      copies: this.#deduplicator?.copies ?? 0,
      late: this.#deduplicator?.late ?? 0,
      primary,
      secondary,
      active: { role: active.role, region: active.regionName, since: new Date(activeSince).toISOString() },
      switches,
    };
  }

  readings(): readonly Reading[] {
    return ROLES.map((role) => {
      const { regionName: region, stream, health, isAbsent } = this.#regions.reader(role);
      return { role, region, isLocated: stream !== undefined, isAbsent, health };
    });
  }

  async heldByOthers(): Promise<readonly HeldPartition[]> {
    const held = ROLES.map(async (role) => {
      const reader = this.#regions.reader(role);
      return (await reader.heldByOthers()).map((each) => ({ ...each, region: reader.regionName }));
    });
    return (await Promise.all(held)).flat();
  }

  close(options: { readonly commit?: boolean | undefined } = {}): Promise<void> {
    try {
      checkArguments('close', options, { commit: 'boolean' });
    } catch (error) {
      return Promise.reject(error);
    }
    if (!this.#isClosing) {
      this.#isClosing = true;
      void this.#close({ commit: options.commit ?? true }).then(this.#resolveClosed, this.#resolveClosed);
    }
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#messages(ends: AbortSignal): AsyncGenerator<ConsumedMessage, void, undefined> {
    for await (const batch of this.#batches(ends)) {
      for (let next = await claim(batch, ends); next !== undefined; next = await claim(batch, ends)) {
        yield next;
        batch.advance();
      }
    }
  }

  /** One batch after another. What is not handled of a batch when the next one is asked for, or none, is for the next loop. */
  async *#batches(ends: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    this.#assertFree();
    this.#regions.follow(this.#queue);
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    this.#loops.add(left);
    try {
      for (
        let batch = await this.#queue.take(ends);
        batch !== undefined;
        batch = await this.#queue.take(ends)
      ) {
        try {
          yield batch;
        } finally {
          if (!batch.isFinished) {
            batch.release();
            this.#queue.putBack(batch);
          }
        }
      }
    } finally {
      this.#loops.delete(left);
      leave();
    }
  }

  async #run(handler: Handler | BatchHandler, options: RunOptions | BatchRunOptions): Promise<void> {
    this.#assertFree();
    checkArgument('run', 'the handler', handler, 'function');
    checkArguments('run', options, { batch: 'boolean', signal: 'signal', onDeadLetter: 'function' });
    const { batch: takesBatches, signal, onDeadLetter = this.#parts.onDeadLetter } = options;
    const { settings, clock, emit } = this.#parts;
    const { signal: ends, release } = either(this.#closing.signal, signal);
    const parts = { onDeadLetter, settings, clock, emit, signal: ends };
    try {
      for await (const batch of this.#batches(ends)) {
        // The overloads of `run` pair them.
        await (takesBatches === true
          ? handleTogether(batch, { ...parts, handler: handler as BatchHandler })
          : handleOneByOne(batch, { ...parts, handler: handler as Handler }));
      }
    } finally {
      release();
    }
  }

  async #consumeOnce(): Promise<ConsumedMessage[]> {
    this.#assertFree();
    if (this.#regions.isFollowing) throw mixed();
    this.#passing = true;
    const { settings, clock } = this.#parts;
    this.#singleReads ??= new SingleReads(this.#regions, { settings, clock, signal: this.#closing.signal });
    try {
      return await this.#singleReads.next();
    } finally {
      this.#passing = false;
    }
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }

  async #close(options: { readonly commit: boolean }): Promise<void> {
    const { clock, settings, emit, release } = this.#parts;
    const deadline = clock.now() + settings.closeTimeoutMs;
    this.#closing.abort(new HaError('CLOSED', 'The consumer is closed.'));
    const stopped = this.#regions.stop();
    await Promise.all([
      settledWithin(clock, settings.closeTimeoutMs, this.#running),
      settledWithin(clock, Math.min(settings.closeTimeoutMs, LOOP_GRACE_MS), this.#loops),
    ]);
    const leftMs = Math.max(deadline - clock.now(), settings.requestTimeoutMs);
    const cancel = clock.after(leftMs, () => this.#calls.abort(new Error('closing took too long')));
    await stopped;
    await this.#regions.commitAndLeave(options);
    cancel();
    try {
      await release?.();
    } catch (error) {
      const message = `The consumer is closed, but not all of what it had opened: ${thrownInWords(error)}`;
      emit({ type: 'warning', code: 'close-failed', message });
    }
  }

  #assertFree(): void {
    if (this.#isClosing) throw new HaError('CLOSED', 'The consumer is closed: open another one.');
    if (this.#passing) throw mixed();
  }
}

function mixed(): HaError {
  return new HaError(
    'CONFIG',
    'consumeOnce cannot be mixed with another read of one consumer: open a second one.',
  );
}

/** Aborts when one of them does, until `release`. `aborted` of an `AbortSignal.any` takes longer than a short handler. */
function either(
  first: AbortSignal,
  second: AbortSignal | undefined,
): { readonly signal: AbortSignal; readonly release: () => void } {
  const ending = new AbortController();
  const signals = second === undefined ? [first] : [first, second];
  const end = (): void => ending.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', end);
  if (signals.some(({ aborted }) => aborted)) end();
  return {
    signal: ending.signal,
    release: () => signals.forEach((signal) => signal.removeEventListener('abort', end)),
  };
}

/** Resolves when all of `promises` are settled, or `ms` have passed. */
function settledWithin(
  clock: Pick<Clock, 'after'>,
  ms: number,
  promises: Iterable<Promise<unknown>>,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void Promise.allSettled(promises).then(() => {
      cancel();
      resolve();
    });
  });
}
