import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Role } from '../../../runtime/core/index.ts';
import { HaError } from '../../../runtime/errors.ts';
import { cases } from '../../support/cases.ts';
import { status } from '../../support/fake-region.ts';
import { misbehave, misbehaviour, wordless, type Misbehaviour } from '../../support/misbehaviour.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { World } from '../router/world.ts';

const unhandled = unhandledRejections();

// What a listener throws is told as a warning of the process: not in the output of the tests.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const PLACES = [
  'put',
  'stream',
  'streamsNamed',
  'createStream',
  'workRequestStatus',
  'close',
  'locate',
  'checkStandby',
  'sink.write',
  'sink.remember',
  'sink.close',
] as const;

interface Outrage extends Misbehaviour {
  readonly role: Role;
  readonly place: (typeof PLACES)[number];
}

const outrage: fc.Arbitrary<Outrage> = fc
  .tuple(
    misbehaviour,
    fc.constantFrom('primary' as const, 'secondary' as const),
    fc.oneof(fc.constant('put' as const), fc.constantFrom(...PLACES)),
  )
  .map(([how, role, place]) => ({ ...how, role, place }));

/** What a listener does with the n-th event. */
type Listening = 'throws' | 'closes' | 'sends' | 'fails over' | 'fails back' | 'nothing';
const listening = fc.array(
  fc.constantFrom<Listening>('throws', 'closes', 'sends', 'fails over', 'fails back', 'nothing'),
  {
    maxLength: 12,
  },
);

interface Bad {
  readonly world: World;
  readonly sends: Promise<unknown>[];
  readonly send: () => void;
}

function turnedBad(
  outrages: readonly Outrage[],
  listeners: readonly Listening[],
  secondaryReady: boolean,
): Bad {
  const sends: Promise<unknown>[] = [];
  let started = false;
  let events = 0;
  const listener = (): void => {
    if (!started) return;
    switch (listeners[events++]) {
      case 'throws':
        throw wordless;
      case 'closes':
        void world.producer.close();
        return;
      case 'sends':
        send();
        return;
      case 'fails over':
        world.router.command('failover', 'a listener', 'a test');
        return;
      case 'fails back':
        world.router.command('failback', 'a listener', 'a test');
        return;
      default:
    }
  };
  const world = new World({ secondaryReady, settings: { closeTimeoutMs: 2_000, lanes: 2 }, listener });
  const send = (): void => {
    const settled = world.producer.send({ key: `${sends.length % 3}`, value: 'x' }).then(
      () => 'stored',
      (error: unknown) => (error instanceof HaError ? 'rejected' : error),
    );
    sends.push(settled);
  };
  started = true;
  for (const each of outrages) {
    const { place, role } = each;
    if (place === 'locate') misbehave(world.locate, role, each);
    else if (place === 'checkStandby') misbehave(world.standby, place, each);
    else if (place.startsWith('sink.')) misbehave(world.sink, place.slice('sink.'.length), each);
    else misbehave(world[role], place, each);
  }
  return { world, sends, send };
}

test('INV-11: whatever a port method, a sink or a listener throws: every promise settles, close resolves, nothing is unhandled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(outrage, { minLength: 1, maxLength: 4 }),
      listening,
      fc.constantFrom('none', 'primary', 'both'),
      fc.boolean(),
      fc.nat(20_000),
      async (outrages, listeners, down, secondaryReady, ms) => {
        const { world, sends, send } = turnedBad(outrages, listeners, secondaryReady);
        if (down !== 'none') world.primary.fail(status(503));
        if (down === 'both') world.secondary.fail(status(404));
        for (let each = 0; each < 4; each++) send();
        await world.clock.pass(ms);
        world.primary.heal();
        world.secondary.heal();
        send();
        await world.clock.pass(1_000);
        // Drains, then closes what is below it: each within closeTimeoutMs.
        await world.clock.passUntil(world.producer.close(), 4_100);
        await world.clock.pass(0);
        for (const outcome of await world.clock.passUntil(Promise.all(sends), 0)) {
          expect(outcome).toMatch(/^stored|rejected$/);
        }
        await world.producer.closed;
        expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
        expect(await unhandled()).toEqual([]);
      },
    ),
    { numRuns: cases(300, 30) },
  );
});

test.each(['rejects', 'throws', 'hangs'] as const)(
  'INV-11, E7: a sink that %s holds up neither the failover nor close',
  async (how) => {
    const world = new World({ settings: { closeTimeoutMs: 500 } });
    for (const method of ['write', 'remember', 'close']) {
      misbehave(world.sink, method, { how, value: () => wordless, times: Infinity, after: 0 });
    }
    world.primary.fail(status(503));
    const { results } = await world.traffic(8_000, 20);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
    expect(world.eventsOf('first-stored')).toMatchObject([{ role: 'secondary' }]);
    await world.clock.passUntil(world.producer.close(), 1_000);
    expect(await unhandled()).toEqual([]);
  },
);

test('INV-11: a put that never settles is ended by close, and its messages reject', async () => {
  const world = new World({ settings: { closeTimeoutMs: 500 } });
  misbehave(world.primary, 'put', { how: 'hangs', value: () => undefined, times: Infinity, after: 0 });
  const sent = Promise.allSettled([world.producer.send({ key: 'k', value: 'x' })]);
  await world.clock.pass(1_000);
  await world.clock.passUntil(world.producer.close(), 1_000);
  expect(await sent).toMatchObject([{ reason: { code: 'CLOSED' } }]);
  await world.clock.pass(0);
  expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0 });
});

test('INV-11: an answer that has no result for each message is ambiguous: it is tried again, paced', async () => {
  const world = new World();
  const answers = [[], 'results', null, [{ type: 'stored' }]];
  let next = 0;
  misbehave(world.primary, 'put', {
    how: 'answers',
    value: () => ({ ok: true, value: answers[next++] }),
    times: answers.length,
    after: 0,
  });
  const sent = Promise.all(['a', 'b'].map((value) => world.producer.send({ key: 'k', value })));
  await world.clock.passUntil(sent);
  expect(world.primary.values).toEqual(['a', 'b']);
  const kinds = world.eventsOf('attempt-failed').map(({ kind }) => kind);
  expect(kinds.length).toBeGreaterThanOrEqual(answers.length - 1);
  expect(new Set(kinds)).toEqual(new Set(['ambiguous']));
});

test('INV-11, R4: a listener that commands another switch: the record that is written last is the true one', async () => {
  const world: World = new World({
    listener: (event) => {
      if (event.type === 'failover-done') world.router.command('failback', 'a listener', 'a test');
    },
  });
  world.router.command('failover', 'an operator', 'a test');
  await world.clock.pass(1_000);
  expect(world.activeRole).toBe('primary');
  expect(world.recorded.at(-1)).toBe('sa-saopaulo-1');
});

test('INV-11: what is thrown while a batch is delivered rejects its messages, and the lane goes on', async () => {
  const world = new World({ settings: { lanes: 1, maxAttempts: 1 } });
  const report = world.router.report.bind(world.router);
  world.router.report = (event) => {
    if (event.type === 'attempts-used-up') throw new Error('a fault of this program');
    report(event);
  };
  world.primary.fail(status(503));
  const sent = Promise.allSettled(['a', 'b'].map((value) => world.producer.send({ key: 'k', value })));
  const outcome = await world.clock.passUntil(sent, 10_000);
  expect(outcome).toMatchObject([{ reason: { code: 'CALL_FAILED' } }, { reason: { code: 'CALL_FAILED' } }]);
  expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0, failed: 2 });
  world.primary.heal();
  await world.clock.passUntil(world.producer.send({ key: 'k', value: 'c' }));
  expect(await unhandled()).toEqual([]);
});
