import { numberedSource } from '../support/stored-in-order.ts';
import type { Sample } from './comparison.ts';
import type { Place } from './emulated.ts';
import type { BacklogJob } from './jobs.ts';
import { measure, residentMiB, withStalls } from './stopwatch.ts';
import type { Message, Work } from './work.ts';

/** What a process does with a backlog. It finds it when it starts, and not only in its turn. */
export async function backlogTurn(
  place: Place,
  work: Work,
  { type, directory, messages }: BacklogJob,
): Promise<() => Promise<Sample>> {
  const importAt = performance.now();
  const { openOutbox, spool, untilFewer, waitingIn } = await import('./outbox-jobs.ts');
  const importMs = performance.now() - importAt;
  if (type === 'leave-backlog') {
    const next = numberedSource(work);
    const nextBatch = (): Message[] => Array.from({ length: work.batch }, next);
    return async () => {
      await spool(place, directory, { batches: messages / work.batch, nextBatch }, (put) => put());
      return {};
    };
  }
  const openAt = performance.now();
  const producer = await openOutbox(place, directory);
  // `performance` counts from the start of the process.
  const readyMs = performance.now();
  const found = { importMs, openMs: readyMs - openAt, readyMs, residentMiB: residentMiB() };
  if (type === 'find-backlog') {
    return async () => {
      await producer.close({ withinMs: 0 });
      return found;
    };
  }
  return async () => {
    const sent = await withStalls(() =>
      measure(async () => {
        const waiting = waitingIn(producer);
        await untilFewer(producer, 1);
        return waiting;
      }),
    );
    await producer.close();
    return sent;
  };
}
