import { setImmediate } from 'node:timers/promises';

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
  put(isOver: IsOver): Promise<number>;
  /** Reads a stream from its beginning as a new group, and decodes each value, until `onRead` says no. */
  read(onRead: OnRead): Promise<void>;
}

/** By the number of messages that were sent so far. */
export type IsOver = (sent: number) => boolean;

/** Is called for each read that gave messages. False: that is enough. */
export type OnRead = (messages: number) => boolean | Promise<boolean>;

export type OpenRival = (place: Place, work: Work) => Promise<Rival>;

/**
 * Runs a task that sends messages, so many side by side, until it is over; the sum of what they sent. Each begins in a turn of its
 * own: together they would be one long turn.
 */
export async function sideBySide(
  isOver: IsOver,
  task: () => Promise<number>,
  concurrency = CONCURRENCY,
): Promise<number> {
  let sent = 0;
  const run = async (): Promise<void> => {
    while (!isOver(sent)) {
      const messages = await task();
      sent += messages;
    }
  };
  const running: Promise<void>[] = [];
  while (running.length < concurrency) {
    running.push(run());
    await setImmediate();
  }
  await Promise.all(running);
  return sent;
}
