import { expect, test } from 'vitest';

import type { Options } from '../../../runtime/settings/index.ts';
import { status } from '../../support/fake-region.ts';
import { World } from '../router/world.ts';

interface Life {
  readonly settings?: Options;
  /** From the start until `close`. */
  readonly happens: (world: World) => Promise<void>;
}

function bothRegions(world: World, act: (region: World['primary']) => void): void {
  act(world.primary);
  act(world.secondary);
}

function diskBecomes(world: World, mode: 'full' | 'broken'): void {
  if (world.disk !== undefined) world.disk.mode = mode;
}

const LIVES: Readonly<Record<string, Life>> = {
  'in which nothing went wrong': {
    happens: async ({ clock, producer }) => void (await clock.passUntil(producer.send({ value: 'one' }))),
  },
  'while no region takes messages': {
    happens: async (world) => {
      bothRegions(world, (region) => region.fail(status(503)));
      await world.clock.passUntil(world.producer.send({ key: 'k', value: 'one' }));
    },
  },
  'while a message of the outbox is held up by an error that every other one would meet': {
    settings: { deliveryTimeoutMs: 500, outbox: 'always', acknowledge: 'disk' },
    happens: async (world) => {
      bothRegions(world, (region) => region.fail(status(404)));
      await world.clock.passUntil(world.producer.send({ key: 'k', value: 'one' }));
      while (world.eventsOf('delivery-failed').length === 0) await world.clock.pass(100);
    },
  },
  'while the disk is full': {
    settings: { outbox: 'always' },
    happens: async (world) => {
      diskBecomes(world, 'full');
      void world.producer.send({ key: 'k', value: 'one' }).catch(() => {});
      await world.clock.pass(10);
    },
  },
  'while the disk is full, and a message that is too old cannot be set aside': {
    settings: { outbox: 'always', acknowledge: 'disk', maxMessageAgeMs: 1_000 },
    happens: async (world) => {
      bothRegions(world, (region) => region.fail(status(503)));
      await world.clock.passUntil(world.producer.send({ key: 'k', value: 'one' }));
      diskBecomes(world, 'full');
      await world.clock.pass(20_000);
      bothRegions(world, (region) => region.heal());
      while (world.eventsOf('outbox-failed').length === 0) await world.clock.pass(100);
      await world.clock.pass(1_500);
    },
  },
  'while the disk fails': {
    settings: { outbox: 'always', acknowledge: 'disk' },
    happens: async (world) => {
      bothRegions(world, (region) => region.fail(status(503)));
      await world.clock.passUntil(world.producer.send({ key: 'k', value: 'one' }));
      diskBecomes(world, 'broken');
      bothRegions(world, (region) => region.heal());
      await world.clock.pass(60_000);
    },
  },
};

for (const [life, { settings, happens }] of Object.entries(LIVES)) {
  test(`I1: closed ${life}, a producer keeps no timer: its process can end`, async () => {
    const world = new World({ hasDisk: true, settings: { outbox: 'outage', ...settings } });
    await happens(world);
    await world.clock.passUntil(world.producer.close());
    await world.clock.pass(0);
    expect(world.clock.timers).toBe(0);
  });
}
