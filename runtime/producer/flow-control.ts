import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import { whenAborted } from '../when-aborted.ts';

/** What a message takes besides its bytes: its object, its promise, base64, its place in a request. Measured: 0.9 KiB. */
const OVERHEAD_BYTES = 1_024;

/** Whether there is room elsewhere too, where a message needs it. */
type AlsoFits = () => boolean;

const ANYWHERE: AlsoFits = () => true;

interface Waiter {
  readonly cost: number;
  readonly alsoFits: AlsoFits;
  readonly messages: number;
  readonly signal: AbortSignal | undefined;
  /** Monotonic ms. All wait equally long, so the first in line is the first whose time is up. */
  readonly dueAt: number;
  readonly admit: () => void;
  readonly leave: (error: Error) => void;
}

interface FlowLimits {
  readonly maxBufferBytes: number;
  readonly maxBlockMs: number;
}

/** The sender's signal aborted while its message waited for room. */
export class GivenUp extends Error {}

/** What a message of so many bytes (key plus value) counts for, in bytes. */
export function costOf(bytes: number): number {
  return bytes + OVERHEAD_BYTES;
}

/**
 * Bounds the memory of messages: what is accepted and not yet let go of never costs more than `maxBufferBytes`, each
 * message with its real overhead. Beyond it a sender waits for room, first come first served; what waits is bounded by the
 * same number again.
 */
export class FlowControl {
  readonly #clock: Clock;
  readonly #limits: FlowLimits;
  #taken = 0;
  #messages = 0;
  #waitingCost = 0;
  readonly #waiting = new Set<Waiter>();
  readonly #writable = new Set<Pick<Waiter, 'cost' | 'alsoFits'> & { readonly resolve: () => void }>();
  readonly #otherError: () => HaError | undefined;
  #timer: (() => void) | undefined;
  #overflow: HaError | undefined;
  #isAdmitting = false;
  #mayAdmitMore = false;

  /** `otherError`: why messages find no room elsewhere; undefined when they do. */
  constructor(clock: Clock, limits: FlowLimits, otherError: () => HaError | undefined = () => undefined) {
    this.#clock = clock;
    this.#limits = limits;
    this.#otherError = otherError;
  }

  /** Messages that are accepted and not yet let go of. */
  get messages(): number {
    return this.#messages;
  }

  /** What they cost, in bytes. */
  get bytes(): number {
    return this.#taken;
  }

  /** Takes room at once when there is some; false: use `wait`. What costs more than all room is let in alone. */
  tryTake(cost: number, messages = 1, alsoFits = ANYWHERE): boolean {
    if (!this.isWritable(cost, alsoFits)) return false;
    this.#take(cost, messages);
    return true;
  }

  /**
   * Waits for room, then runs `enter` in the very turn in which the room is given: a later sender is not let in between.
   * @throws HaError `BUFFER_FULL` after `maxBlockMs`, or what `refuse` says; `GivenUp` when the signal aborts.
   */
  wait<T>(
    cost: number,
    enter: () => Promise<T>,
    signal?: AbortSignal,
    messages = 1,
    alsoFits = ANYWHERE,
  ): Promise<T> {
    if (this.#waitingCost + cost > this.#limits.maxBufferBytes && this.#waiting.size > 0) {
      // One error for all who come too many meanwhile: a sender that does not wait makes millions of them.
      this.#overflow ??= this.#full('and as much again waits for room');
      return Promise.reject(this.#overflow);
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        ignoreSignal();
        this.#overflow = undefined;
        this.#waiting.delete(waiter);
        this.#waitingCost -= cost;
      };
      const waiter: Waiter = {
        cost,
        alsoFits,
        messages,
        signal,
        dueAt: this.#clock.now() + this.#limits.maxBlockMs,
        leave: (error) => {
          end();
          reject(error);
        },
        admit: () => {
          end();
          this.#take(cost, messages);
          resolve(enter());
        },
      };
      let ignoreSignal = (): void => {};
      this.#waiting.add(waiter);
      this.#waitingCost += cost;
      this.#watchTime();
      ignoreSignal = whenAborted(signal, () => {
        waiter.leave(new GivenUp());
        this.admit();
      });
    });
  }

  /** One timer, for the first in line. */
  #watchTime(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(Math.max(0, first.dueAt - this.#clock.now()), () => {
      this.#timer = undefined;
      const now = this.#clock.now();
      for (const waiter of this.#waiting) {
        if (waiter.dueAt > now) break;
        waiter.leave(this.#full(`no room in ${this.#limits.maxBlockMs} ms`));
      }
      this.admit();
      this.#watchTime();
    });
  }

  /** Resolves when a message of this cost would be let in at once. */
  whenWritable(cost: number, alsoFits = ANYWHERE): Promise<void> {
    if (this.isWritable(cost, alsoFits)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#writable.add({ cost, alsoFits, resolve });
    });
  }

  /** Refuses the messages that wait; `whenWritable` resolves. */
  refuse(error: Error): void {
    for (const waiter of this.#waiting) waiter.leave(error);
    this.#timer?.();
    this.#timer = undefined;
    for (const { resolve } of this.#writable) resolve();
  }

  /** A message is let go of. */
  give(cost: number): void {
    this.#taken -= cost;
    this.#messages--;
    if (this.#waiting.size > 0 || this.#writable.size > 0) this.admit();
  }

  #take(cost: number, messages: number): void {
    this.#taken += cost;
    this.#messages += messages;
  }

  /**
   * Lets in who fits by now. Who is let in can make room at once, as a message that cannot be written does: the loop sees that. One
   * call within the other would be as deep as there are senders that wait.
   */
  admit(): void {
    this.#mayAdmitMore = true;
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      while (this.#mayAdmitMore) {
        this.#mayAdmitMore = false;
        this.#admitInOrder();
      }
    } finally {
      this.#isAdmitting = false;
    }
  }

  #admitInOrder(): void {
    for (const waiter of this.#waiting) {
      // One signal for many messages: that the first of them is let go of is no room for the second.
      if (waiter.signal?.aborted === true) {
        waiter.leave(new GivenUp());
        continue;
      }
      if (!this.#fits(waiter.cost) || !waiter.alsoFits()) return;
      waiter.admit();
    }
    for (const writer of this.#writable) {
      if (!this.isWritable(writer.cost, writer.alsoFits)) return;
      this.#writable.delete(writer);
      writer.resolve();
    }
  }

  /** Whether a message of this cost would be let in at once. */
  isWritable(cost: number, alsoFits = ANYWHERE): boolean {
    return this.#waiting.size === 0 && this.#fits(cost) && alsoFits();
  }

  #fits(cost: number): boolean {
    return this.#taken === 0 || this.#taken + cost <= this.#limits.maxBufferBytes;
  }

  #full(why: string): HaError {
    const otherError = this.#otherError();
    if (otherError !== undefined) return otherError;
    const size = `${this.#limits.maxBufferBytes} bytes (maxBufferBytes, 1 KiB counted on top of each message)`;
    return new HaError(
      'BUFFER_FULL',
      `The message is not accepted: ${size} are accepted and not yet stored, ${why}. Send slower, or raise \`maxBufferBytes\` or \`maxBlockMs\`.`,
    );
  }
}
