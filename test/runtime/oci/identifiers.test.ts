import { expect, test } from 'vitest';

import { EmulatedWorld } from '../../support/emulated-world.ts';
import { readFile } from 'node:fs/promises';

test('D1, B16: an OCID that shares half of its letters with the key that signs stays to the letter', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer();
  await producer.send({ value: 'x' });
  await producer.close();
  const state = await readFile(`${world.recordFile}.state`, 'utf8');
  expect(state).toContain(`PRIMARY_COMPARTMENT=${world.emulator.compartmentId}\n`);
});
