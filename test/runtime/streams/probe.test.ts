import { expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import { probe } from '../../../runtime/streams/index.ts';
import { FakeRegion, refusedConnection, status } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

async function probed(failure: CallFailure | undefined): Promise<CallFailure | null> {
  const clock = new VirtualClock();
  const region = new FakeRegion('sa-saopaulo-1', clock);
  const stream = region.addStream('ocid1.stream.oc1.sa-saopaulo-1.x');
  region.putBehaviour = () => failure;
  const found = await clock.passUntil(probe(region, stream));
  expect(region.stored).toEqual([]);
  return found;
}

test.each([
  ['an answer', undefined],
  ['a 400, which refuses an empty put as such', status(400)],
])('%s says that the region is well', async (_, failure) => {
  expect(await probed(failure)).toBeNull();
});

test.each([status(401), status(404), status(429), status(500), status(503), refusedConnection])(
  'anything else says that it does not take messages: %j',
  async (failure) => {
    expect(await probed(failure)).toBe(failure);
  },
);
