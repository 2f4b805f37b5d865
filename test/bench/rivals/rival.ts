import type { Place } from '../emulated.ts';
import type { Message, Work } from '../work.ts';

/** Requests in flight at once: as many as the producer has lanes. */
export const CONCURRENCY = 8;

/** Messages asked for in one read; the service gives at most 1 MiB of them. */
export const READ_LIMIT = 10_000;

/** A way to put and to get messages. What it does with them, a user of it would do. */
export interface Rival extends AsyncDisposable {
  /** Puts a message. Resolves when it is stored. */
  send(message: Message): Promise<unknown>;
  /** Puts messages at full speed until `isOver`. Resolves with their number when all of them are stored. */
  put(isOver: () => boolean): Promise<number>;
  /** Reads a stream from its beginning as a new group, and decodes each value, until `onRead` says no. */
  read(onRead: OnRead): Promise<void>;
}

/** Is called for each read that gave messages. False: that is enough. */
export type OnRead = (messages: number) => boolean | Promise<boolean>;

export type OpenRival = (place: Place, work: Work) => Promise<Rival>;

/** Runs so many of a task side by side until `isOver`; the sum of what they give. */
export async function sideBySide(
  isOver: () => boolean,
  task: () => Promise<number>,
  concurrency = CONCURRENCY,
): Promise<number> {
  const run = async (): Promise<number> => {
    let sum = 0;
    while (!isOver()) sum += await task();
    return sum;
  };
  const sums = await Promise.all(Array.from({ length: concurrency }, run));
  return sums.reduce((total, each) => total + each, 0);
}
