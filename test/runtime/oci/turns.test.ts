import { expect, it } from 'vitest';

import { encoded } from './fixtures/encoded.ts';
import { openTestRegion } from './fixtures/open-test-region.ts';
import { scriptedService } from './fixtures/scripted-service.ts';

const CALLS = 8;

/** So many messages in each of the calls, all of which the region answers at the same time: in which turn each ended. */
async function turnsOf(messages: number): Promise<number[]> {
  let turn = 0;
  const count = (): void => {
    turn++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const together = Promise.withResolvers<void>();
  await using service = await scriptedService(async (_, number) => {
    if (number === CALLS) together.resolve();
    await together.promise;
    const entry = { partition: '0', offset: 1, timestamp: new Date(0).toISOString() };
    return { status: 200, body: { failures: 0, entries: Array.from({ length: messages }, () => entry) } };
  });
  await using opened = openTestRegion(service.origin);
  const { region, stream } = opened;
  const batch = Array.from({ length: messages }, (_, n) => encoded('key', String(n)));
  const calls = Array.from({ length: CALLS }, async () => {
    expect((await region.put(stream, batch, {})).ok).toBe(true);
    return turn;
  });
  const turns = await Promise.all(calls);
  clearImmediate(counting);
  return turns;
}

it('INV-5: large answers that come at the same time are read in a turn each, so that timers and other calls are not held up', async () => {
  expect(new Set(await turnsOf(1_000)).size).toBe(CALLS);
});
