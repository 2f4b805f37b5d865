import { afterEach, describe, expect, it } from 'vitest';

import { quietly } from '../../../runtime/outbox/quiet-sqlite.ts';

describe('what loads node:sqlite without its warning', () => {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning');
  afterEach(() => void Reflect.set(process, 'emitWarning', emitWarning));

  it('leaves the function of the process as it was, also when several load at once', async () => {
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const both = [quietly(() => first.promise), quietly(() => second.promise)];
    first.resolve();
    await both[0];
    second.reject(new Error('no such module'));
    await Promise.allSettled(both);
    expect(Reflect.get(process, 'emitWarning')).toBe(emitWarning);
  });

  it('drops that warning and no other one', async () => {
    const told: unknown[] = [];
    process.emitWarning = (...words: unknown[]) => void told.push(words);
    await quietly(async () => {
      process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
      process.emitWarning('the disk is nearly full', 'DiskWarning');
    });
    expect(told).toEqual([['the disk is nearly full', 'DiskWarning']]);
  });
});
