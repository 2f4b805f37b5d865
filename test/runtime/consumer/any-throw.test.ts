import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import type { Operation } from './group-region.ts';
import { World } from './world.ts';

const unhandled = unhandledRejections();

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const wordless = {
  toString(): string {
    throw new Error('no words');
  },
};

/** What code can throw: anything. By function, because fast-check itself looks at values. */
const thrown: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything().map((value) => () => value),
  fc.string().map((message) => () => new TypeError(message)),
  fc.constantFrom<() => unknown>(
    () => undefined,
    () => Symbol('s'),
    () => Object.create(null),
    () => revoked.proxy,
    () => wordless,
    () => ({ ok: true }),
    () => ({ ok: false }),
  ),
);

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

type How = 'throws' | 'rejects' | 'answers' | 'hangs';

interface Outrage {
  readonly role: 'primary' | 'secondary';
  readonly operation: (typeof OPERATIONS)[number];
  readonly how: How;
  readonly value: () => unknown;
  /** How many calls of that kind it befalls, and how many before go well. */
  readonly times: number;
  readonly after: number;
}

const outrage: fc.Arbitrary<Outrage> = fc.record({
  role: fc.constantFrom('primary' as const, 'secondary' as const),
  operation: fc.constantFrom(...OPERATIONS),
  how: fc.constantFrom<How>('throws', 'rejects', 'answers', 'hangs'),
  value: thrown,
  times: fc.constantFrom(1, 3, Infinity),
  after: fc.nat(4),
});

/** Replaces a method by one that does as told, at the calls that it is told of. */
function misbehave(target: object, { operation, how, value, times, after }: Outrage): void {
  const methods = target as Record<string, (...parameters: unknown[]) => unknown>;
  const original = methods[operation]!.bind(target);
  let calls = 0;
  methods[operation] = (...parameters) => {
    const number = calls++;
    if (number < after || number >= after + times) return original(...parameters);
    switch (how) {
      case 'throws':
        throw value();
      case 'rejects':
        return Promise.reject(value());
      case 'answers':
        return value();
      case 'hangs':
        return new Promise(() => {});
    }
  };
}

function turnedBad(outrages: readonly Outrage[]): World {
  const world = new World({ partitions: { primary: 2, secondary: 2 }, options: { closeTimeoutMs: 3_000 } });
  for (const each of outrages) {
    misbehave(each.operation === 'locate' ? world.consumed[each.role] : world[each.role], each);
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
    fc.asyncProperty(outrages, fc.nat(20_000), async (outrages, ms) => {
      const world = turnedBad(outrages);
      const run = world.readOn();
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
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
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
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('INV-11: a `release` that rejects is a warning, and close resolves', async () => {
  const world = new World({ release: () => Promise.reject(new Error('EBADF')) });
  await world.clock.passUntil(world.consumer.close(), 1_000);

  expect(world.events).toEqual([{ type: 'warning', about: 'close', message: 'EBADF' }]);
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
