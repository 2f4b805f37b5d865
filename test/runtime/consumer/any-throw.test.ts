import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { misbehave, misbehaviour, wordless, type Misbehaviour } from '../../support/misbehaviour.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import type { Operation } from './group-region.ts';
import { textsOf, World } from './world.ts';

const unhandled = unhandledRejections();

const OPERATIONS = [
  'groupCursor',
  'read',
  'commit',
  'heartbeat',
  'resetGroup',
  'group',
  'partitionCursor',
  'locate',
] as const satisfies readonly (Operation | 'locate')[];

interface Outrage extends Misbehaviour {
  readonly role: 'primary' | 'secondary';
  readonly operation: (typeof OPERATIONS)[number];
}

const outrage: fc.Arbitrary<Outrage> = fc
  .tuple(
    misbehaviour,
    fc.constantFrom('primary' as const, 'secondary' as const),
    fc.constantFrom(...OPERATIONS),
  )
  .map(([how, role, operation]) => ({ ...how, role, operation }));

function turnedBad(outrages: readonly Outrage[]): World {
  const world = new World({ partitions: { primary: 2, secondary: 2 }, options: { closeTimeoutMs: 3_000 } });
  for (const each of outrages) {
    const target = each.operation === 'locate' ? world.consumed[each.role] : world[each.role];
    misbehave(target, each.operation, each);
  }
  for (const partition of [0, 1]) {
    world.primary.store(partition, `p${partition}`, `pp${partition}`);
    world.secondary.store(partition, `s${partition}`);
  }
  return world;
}

const outrages = fc.array(outrage, { minLength: 1, maxLength: 4 });

test('INV-11: whatever a port method throws, whenever: run, iteration and close settle, and nothing is unhandled', async () => {
  await fc.assert(
    fc.asyncProperty(outrages, fc.nat(20_000), fc.boolean(), async (outrages, ms, takesBatches) => {
      const world = turnedBad(outrages);
      const run = takesBatches
        ? world.consumer.run((batch) => world.received.push(...textsOf(batch)), { batch: true })
        : world.readOn();
      const ended = run.then(
        () => 'ended',
        () => 'ended',
      );
      await world.clock.pass(ms);
      const opened = world.open();
      const next = opened.consumer[Symbol.asyncIterator]().next();
      const came = next.then(
        () => 'ended',
        () => 'ended',
      );
      await world.clock.pass(1_000);
      await world.clock.passUntil(Promise.all([world.consumer.close(), opened.consumer.close()]), 30_000);

      expect(await Promise.all([ended, came])).toEqual(['ended', 'ended']);
      await world.consumer.closed;
      expect(await unhandled()).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('INV-11: the same for consumeOnce', async () => {
  await fc.assert(
    fc.asyncProperty(outrages, async (outrages) => {
      const world = turnedBad(outrages.filter(({ how }) => how !== 'hangs'));
      for (let pass = 0; pass < 3; pass++) {
        const once = world.consumer.consumeOnce().catch(() => []);
        expect(await world.clock.passUntil(once, 60_000)).toBeInstanceOf(Array);
      }
      await world.clock.passUntil(world.consumer.close(), 30_000);
      expect(await unhandled()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('INV-11: a `release` that rejects is a warning, and close resolves', async () => {
  const world = new World({ release: () => Promise.reject(new Error('EBADF')) });
  await world.clock.passUntil(world.consumer.close(), 1_000);

  expect(world.events).toEqual([
    {
      type: 'warning',
      code: 'close-failed',
      message: 'The consumer is closed, but not all of what it had opened: EBADF',
    },
  ]);
  await expect(world.consumer.closed).resolves.toBeUndefined();
});

test('INV-11, A15: messages are handled all the same as soon as the region behaves', async () => {
  const world = turnedBad([
    { role: 'primary', operation: 'read', how: 'rejects', value: () => wordless, times: 3, after: 0 },
    { role: 'primary', operation: 'groupCursor', how: 'throws', value: () => undefined, times: 2, after: 0 },
    {
      role: 'primary',
      operation: 'locate',
      how: 'answers',
      value: () => ({ ok: 'yes' }),
      times: 2,
      after: 0,
    },
  ]);
  void world.readOn();
  await world.clock.pass(20_000);
  await world.close();

  expect(world.received.toSorted()).toEqual(['p0', 'p1', 'pp0', 'pp1', 's0', 's1']);
  expect(world.told('read-failed').length).toBeGreaterThanOrEqual(7);
});
