import type { Clock } from '../clock.ts';
import type { HaError } from '../errors.ts';
import type { AnyReceipt } from '../receipt.ts';
import {
  rowCost,
  type OutboxRow,
  type OutboxStore,
  type OutboxTotals,
  type StoreAnswer,
} from './outbox-store.ts';

/** The part of a producer's message that the outbox uses. */
export interface SpoolableMessage extends OutboxRow {
  /** 0 until it is accepted. */
  sequence: number;
  /** Milliseconds since 1970. */
  acceptedAt: number;
  readonly isSettled: boolean;
  /** It may be stored even if its promise rejects. */
  wasSent: boolean;
  /** Resolves its promise: it is synced, or the copy from disk is stored. */
  acknowledge(receipt: AnyReceipt): void;
  fail(error: HaError): void;
  release(): void;
}

/** A write holds so much at most: larger ones are no faster, and what comes meanwhile would wait longer. */
const WRITE_AT_ONCE = { messages: 1_000, bytes: 2_097_152 };
/** Before a write that met a full disk is tried again, in ms. */
const FULL_PAUSE_MS = 1_000;

/** Why nothing can be written. `full` may pass; `stopped` does not until the next start. */
export interface WriteProblem {
  readonly type: 'full' | 'stopped';
  readonly because: string;
}

const CLOSED: WriteProblem = { type: 'stopped', because: 'it was closed' };

type QueueState =
  | { readonly type: 'writable' }
  /** What waited while the disk was full has gone elsewhere: the next write shows whether there is room. */
  | { readonly type: 'was-full' }
  | WriteProblem;

interface WriteQueueParts {
  readonly store: OutboxStore;
  readonly clock: Clock;
  /** They are synced. */
  readonly onWritten: (messages: readonly SpoolableMessage[], totals: OutboxTotals) => void;
  /** `isNews`: it was not told since the last write. */
  readonly onProblem: (problem: WriteProblem, isNews: boolean) => void;
  /** There may be room again. */
  readonly onRoom: () => void;
}

/** Messages on their way to the disk. One write at a time: what comes meanwhile shares the next one. */
export class WriteQueue {
  readonly #parts: WriteQueueParts;
  #queue: SpoolableMessage[] = [];
  #isInOrder = true;
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #state: QueueState = { type: 'writable' };
  #retry: (() => void) | undefined;
  #isHeld = false;

  constructor(parts: WriteQueueParts) {
    this.#parts = parts;
  }

  get messages(): readonly SpoolableMessage[] {
    return this.#queue;
  }

  /** Messages that are not on disk yet. */
  get length(): number {
    return this.#queue.length;
  }

  /** As they will count on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  get problem(): WriteProblem | undefined {
    return this.#state.type === 'full' || this.#state.type === 'stopped' ? this.#state : undefined;
  }

  /** Some message that comes before this one is not on disk yet. */
  hasEarlier(sequence: number): boolean {
    const first = this.#isInOrder ? this.#queue.slice(0, 1) : this.#queue;
    return first.some((message) => message.sequence < sequence);
  }

  push(messages: readonly SpoolableMessage[]): void {
    for (const message of messages) {
      if (message.sequence < (this.#queue.at(-1)?.sequence ?? 0)) this.#isInOrder = false;
      this.#queue.push(message);
      this.#bytes += rowCost(message);
    }
    if (this.problem === undefined) this.write();
  }

  write(): void {
    if (this.#state.type === 'stopped' || this.#isHeld || this.#queue.length === 0) return;
    this.#retry?.();
    this.#retry = undefined;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all is written, or cannot be. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** While `act` runs no write does: what it takes would be written as well. */
  async withoutWrites<T>(act: () => Promise<T>): Promise<T> {
    this.#isHeld = true;
    try {
      await this.idle();
      return await act();
    } finally {
      this.#isHeld = false;
      if (this.#state.type === 'full') this.#tryLater();
      else this.write();
    }
  }

  /**
   * Takes messages up to this sequence out of the queue, at most so many, in order; without those that their senders gave up.
   * Only within `withoutWrites`, and at the end.
   */
  take(upTo: number, most: number): SpoolableMessage[] {
    const sorted = this.#queue.toSorted((a, b) => a.sequence - b.sequence);
    this.#isInOrder = true;
    const beyond = sorted.findIndex(({ sequence }) => sequence > upTo);
    const taken = sorted.splice(0, Math.min(most, beyond === -1 ? sorted.length : beyond));
    this.#queue = sorted;
    for (const message of taken) this.#bytes -= rowCost(message);
    return taken.filter(({ isSettled }) => !isSettled);
  }

  stop(because: string): void {
    this.#fails({ type: 'stopped', because });
  }

  /** Writes nothing more. */
  close(): void {
    this.#state = CLOSED;
    this.#retry?.();
    this.#retry = undefined;
  }

  #tryAgain(): void {
    this.#retry = undefined;
    if (this.#queue.length > 0) return this.write();
    this.#nothingWaits();
  }

  #tryLater(): void {
    this.#retry ??= this.#parts.clock.after(FULL_PAUSE_MS, () => this.#tryAgain());
  }

  /** What waited has gone to a region, or was given up: the next message shows whether there is room. */
  #nothingWaits(): void {
    if (this.#state.type === 'full') this.#state = { type: 'was-full' };
    this.#parts.onRoom();
  }

  /** Ends in the turn in which it finds the queue empty: what comes after that begins anew. */
  async #writeAll(): Promise<void> {
    // `send` calls of one turn share the first write.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) {
        const { messages, count, bytes } = this.#next();
        if (messages.length > 0) {
          const answer = await this.#append(messages);
          if (answer.type !== 'done') {
            this.#fails({ type: answer.type, because: answer.because });
            return;
          }
          this.#remove(count, bytes);
          this.#state = { type: 'writable' };
          this.#parts.onWritten(messages, answer.value);
        } else {
          this.#remove(count, bytes);
          this.#parts.onRoom();
        }
      }
    } finally {
      this.#writing = undefined;
    }
    // Who waits for room may enter now, and begins another write.
    if (this.#state.type === 'full') this.#nothingWaits();
  }

  /** What may be on disk is sent, also when its sender gives it up; on a full disk is none of it. */
  async #append(messages: readonly SpoolableMessage[]): Promise<StoreAnswer<OutboxTotals>> {
    const unsent = messages.filter(({ wasSent }) => !wasSent);
    for (const message of unsent) message.wasSent = true;
    const answer = await this.#parts.store.append(messages);
    if (answer.type === 'full') for (const message of unsent) message.wasSent = false;
    return answer;
  }

  #remove(count: number, bytes: number): void {
    this.#queue.splice(0, count);
    this.#bytes -= bytes;
  }

  /**
   * The first of the queue, as much as one write takes; without those that were given up, which are empty by now. In order of
   * sequence, because successive ones share a segment: lanes that give back what they hold come one after the other.
   */
  #next(): {
    readonly messages: readonly SpoolableMessage[];
    readonly count: number;
    readonly bytes: number;
  } {
    if (!this.#isInOrder) this.#queue.sort((a, b) => a.sequence - b.sequence);
    this.#isInOrder = true;
    const messages: SpoolableMessage[] = [];
    let count = 0;
    let bytes = 0;
    for (const message of this.#queue) {
      const size = rowCost(message);
      if (count > 0 && (count >= WRITE_AT_ONCE.messages || bytes + size > WRITE_AT_ONCE.bytes)) break;
      count++;
      bytes += size;
      if (!message.isSettled) messages.push(message);
    }
    return { messages, count, bytes };
  }

  #fails(problem: WriteProblem): void {
    const before = this.#state.type;
    if (before === 'stopped') return;
    this.#state = problem;
    if (problem.type === 'full') this.#tryLater();
    if (before === problem.type) return;
    this.#parts.onProblem(problem, problem.type === 'stopped' || before === 'writable');
  }
}
