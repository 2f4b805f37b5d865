/* oxlint-disable no-console -- the console is what is tested here */
import { setImmediate as turn } from 'node:timers/promises';

import { beforeEach, expect, it, vi } from 'vitest';

import { quietly } from '../../../../runtime/oci/auth/quiet-console.ts';

let printed: unknown[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((word: unknown) => void printed.push(word));
});

it('C7: drops what one task prints, and nothing of the others', async () => {
  const noisy = quietly(async () => {
    console.log('noise');
    await turn();
    console.log('more noise');
  });
  console.log('kept');
  await noisy;
  console.log('kept too');
  expect(printed).toEqual(['kept', 'kept too']);
});

it('C7: leaves the console as it was, when the last of several tasks has ended, well or not', async () => {
  const { log, info, warn, debug } = console;
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const tasks = [quietly(() => first.promise), quietly(() => second.promise)];
  first.reject(new Error('no'));
  await expect(tasks[0]).rejects.toThrow('no');
  expect(console.log).not.toBe(log);
  second.resolve();
  await tasks[1];
  expect({ ...console }).toMatchObject({ log, info, warn, debug });
  await expect(quietly(() => Promise.reject(new Error('at once')))).rejects.toThrow('at once');
  await expect(
    quietly(() => {
      throw new Error('before a promise');
    }),
  ).rejects.toThrow('before a promise');
  expect({ ...console }).toMatchObject({ log, info, warn, debug });
});

it('C7: leaves a method alone that somebody else has put there meanwhile', async () => {
  const theirs = vi.fn();
  await quietly(() => {
    console.log = theirs;
  });
  expect(console.log).toBe(theirs);
  await quietly(() => console.log('noise'));
  console.log('kept');
  expect(theirs.mock.calls).toEqual([['kept']]);
});
