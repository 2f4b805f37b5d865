import { describe, expect, test } from 'vitest';

import type { ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { status } from './group-region.ts';
import { textsOf, World } from './world.ts';

function once(world: World): Promise<ConsumedMessage[]> {
  return world.clock.passUntil(world.consumer.consumeOnce(), 20_000);
}

describe('consumeOnce', () => {
  test('H6: gives what is there, and commits it with the next call', async () => {
    await using world = new World({ partitions: { primary: 3 } });
    const { primary } = world;
    primary.store(2, 'one', 'two');
    expect(textsOf(await once(world))).toEqual(['one', 'two']);
    expect(primary.uncommitted()).toEqual(['one', 'two']);

    expect(await once(world)).toEqual([]);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H6: or with close', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    await once(world);
    await world.close();

    expect(world.primary.uncommitted()).toEqual([]);
  });

  test('H1: switches when the active region fails, and stays there', async () => {
    await using world = new World();
    const { primary, secondary } = world;
    primary.fault = () => status(500);
    secondary.store(0, 'one');
    expect(textsOf(await once(world))).toEqual(['one']);
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
    const asked = primary.calls.length;
    secondary.store(0, 'two');

    expect(textsOf(await once(world))).toEqual(['two']);
    expect(primary.calls.length).toBe(asked);
  });

  test('H2: rejects when no region can be read, and works again later', async () => {
    await using world = new World({ secondaryKnown: false });
    world.primary.fault = () => status(503);
    await expect(once(world)).rejects.toMatchObject({ code: 'CALL_FAILED', failure: { status: 503 } });
    world.primary.fault = undefined;
    world.primary.store(0, 'one');

    expect(textsOf(await once(world))).toEqual(['one']);
  });

  test('INV-10: rejects with what a person must do when it is not an outage', async () => {
    await using world = new World();
    world.primary.fault = () => status(401);
    await expect(once(world)).rejects.toMatchObject({ code: 'AUTH' });
    expect(world.secondary.calls).toEqual([]);
  });

  test('H6: cannot be mixed with a loop', async () => {
    await using world = new World();
    void world.readOn();
    await expect(world.consumer.consumeOnce()).rejects.toMatchObject({ code: 'CONFIG' });
  });
});
