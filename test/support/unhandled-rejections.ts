import { afterEach, beforeEach } from 'vitest';

/** Counts the rejections that nobody handles, in each test of a file. Gives what came since it was asked last. */
export function unhandledRejections(): () => Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const keep = (reason: unknown): void => void found.push(reason);
  beforeEach(() => {
    found.length = 0;
    process.on('unhandledRejection', keep);
  });
  afterEach(() => {
    process.off('unhandledRejection', keep);
  });
  return async () => {
    // Node tells of them when the promise jobs of a turn are done.
    await new Promise(setImmediate);
    return found.splice(0);
  };
}
