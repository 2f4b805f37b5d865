import { afterEach, beforeEach } from 'vitest';

/** Rejections that nobody handled during the test that runs. */
export function unhandledRejections(): readonly unknown[] {
  const found: unknown[] = [];
  const keep = (reason: unknown): void => void found.push(reason);
  beforeEach(() => {
    found.length = 0;
    process.on('unhandledRejection', keep);
  });
  afterEach(() => {
    process.off('unhandledRejection', keep);
  });
  return found;
}
