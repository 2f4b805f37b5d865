import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
  readonly leave: (error?: unknown) => void;
}

/**
 * Back-pressure, in bytes: what is accepted and not yet stored never exceeds `maxBufferBytes`. Beyond it a sender waits
 * for room, first come first served; what waits is bounded by the same number again.
 */
export class Room {
  readonly #clock: Clock;
  readonly #limits: { readonly maxBufferBytes: number; readonly maxBlockMs: number };
  #taken = 0;
  #waitingBytes = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock, limits: { readonly maxBufferBytes: number; readonly maxBlockMs: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get takenBytes(): number {
    return this.#taken;
  }

  /** Takes room at once when there is some; false: use `wait`. A message larger than all room is let in alone. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.size > 0 || !this.#fits(bytes)) return false;
    this.#taken += bytes;
    return true;
  }

  /**
   * Waits for room, then runs `enter` in the very turn in which the room is given: nobody who comes later is let in
   * between. @throws HaError `BUFFER_FULL` after `maxBlockMs`, or what `refuse` says, or the signal's reason.
   */
  wait<T>(bytes: number, enter: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#waitingBytes + bytes > this.#limits.maxBufferBytes && this.#waiting.size > 0) {
      return Promise.reject(this.#full('and as much again waits for room'));
    }
    return new Promise((resolve, reject) => {
      const leave = (error?: unknown): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(waiter);
        this.#waitingBytes -= bytes;
        if (error !== undefined) reject(error);
      };
      const waiter: Waiter = {
        bytes,
        leave,
        admit: () => {
          leave();
          this.#taken += bytes;
          resolve(enter());
        },
      };
      const onAbort = (): void => leave(signal?.reason);
      const cancel = this.#clock.after(this.#limits.maxBlockMs, () => {
        leave(this.#full(`no room in ${this.#limits.maxBlockMs} ms`));
        this.#admit();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#waitingBytes += bytes;
    });
  }

  /** Nobody who waits will be let in any more. */
  refuse(error: Error): void {
    for (const waiter of this.#waiting) waiter.leave(error);
  }

  give(bytes: number): void {
    this.#taken -= bytes;
    this.#admit();
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (!this.#fits(waiter.bytes)) return;
      waiter.admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#limits.maxBufferBytes;
  }

  #full(why: string): HaError {
    const size = `${this.#limits.maxBufferBytes} bytes`;
    return new HaError(
      'BUFFER_FULL',
      `Message not accepted: ${size} are accepted and not yet stored, ${why}. Send slower, or raise maxBufferBytes or maxBlockMs.`,
    );
  }
}
