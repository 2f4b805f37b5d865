import type { Clock } from '../clock.ts';

/** Resolves when all of `promises` are settled, or `ms` have passed. */
export async function settledWithin(
  clock: Pick<Clock, 'after'>,
  ms: number,
  promises: Iterable<Promise<unknown>>,
): Promise<void> {
  const all = [...promises];
  if (all.length === 0) return;
  await new Promise<void>((resolve) => {
    const cancel = clock.after(ms, resolve);
    void Promise.allSettled(all).then(() => {
      cancel();
      resolve();
    });
  });
}
