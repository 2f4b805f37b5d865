import { describe, expect, it } from 'vitest';

import { status } from './fake-region.ts';
import { World } from './world.ts';

describe('H1 the active region cannot be read for good', () => {
  it('switches to the secondary, says so once, and goes on', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    void world.readOn();
    primary.store(0, 'one');
    await clock.advance(5_000);
    primary.fault = () => status(500);
    secondary.store(0, 'two');
    await clock.advance(10_000);
    secondary.store(0, 'three');
    await clock.advance(60_000);

    expect(world.received).toEqual(['one', 'two', 'three']);
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
    expect(world.consumer.active).toBe('secondary');
    expect(world.events.find(({ type }) => type === 'now-consuming')).toMatchObject({
      stream: { ocid: secondary.stream.ocid, endpoint: secondary.stream.endpoint },
      because: expect.stringMatching(/^sa-saopaulo-1 cannot be read: 500, \d attempts$/),
    });
  });
});
