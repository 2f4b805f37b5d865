/* oxlint-disable no-console -- the console is what is tested here */
import { setImmediate as turn } from 'node:timers/promises';

import { expect, it, vi } from 'vitest';

import { quietly } from '../../../../runtime/oci/auth/quiet-console.ts';

it('drops what one task prints, and nothing of the others', async () => {
  const printed: unknown[] = [];
  vi.spyOn(console, 'log').mockImplementation((word: unknown) => void printed.push(word));
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
