import { getEventListeners } from 'node:events';

import { describe, expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { locateAtStart } from '../../../runtime/router/index.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { findPrimary } from '../../../runtime/streams/index.ts';
import { FakeRegion, hang, refusedConnection, status } from '../../support/fake-region.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { World } from './world.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.p';
const REMEMBERED = streamRef('sa-saopaulo-1', OCID);

/** A start that has to ask the control plane of the primary. */
class Start {
  readonly clock: VirtualClock;
  readonly region: FakeRegion;
  readonly events: HaEvent[] = [];
  readonly leaving = new AbortController();
  readonly #beganAt: number;
  readonly #options: Options;

  constructor(seed = 1, options: Options = { primaryStreamOcid: OCID }) {
    this.clock = new VirtualClock(seed);
    this.region = new FakeRegion('sa-saopaulo-1', this.clock);
    this.region.addStream(OCID, { name: 'OCI-PRIMARY-STREAM' });
    this.#beganAt = this.clock.now();
    this.#options = options;
  }

  get tookMs(): number {
    return this.clock.now() - this.#beganAt;
  }

  locate(known?: typeof REMEMBERED): ReturnType<typeof locateAtStart> {
    const settings = readSettings(this.#options, {});
    const { region, clock } = this;
    return locateAtStart({
      region: region.name,
      find: (signal) => findPrimary({ region, settings, clock, signal }),
      limitMs: settings.requestTimeoutMs,
      clock,
      emit: (event) => void this.events.push(event),
      signal: this.leaving.signal,
      known,
    });
  }
}

const down: readonly (readonly [string, CallFailure, number])[] = [
  ['503', status(503), 5_000],
  ['refused', refusedConnection, 5_000],
  ['silence', hang, 8_000],
];

describe.each(down)('%s from the start on, no record, nothing remembered', (_, failure, limitMs) => {
  test('A17, A1, A8: judged down, and the first message stored in the ready secondary, in time', async () => {
    for (const seed of SEEDS) {
      const start = new Start(seed);
      start.region.adminBehaviour = () => failure;
      const started = await start.clock.passUntil(start.locate());
      expect(started.type).toBe('down');
      if (started.type !== 'down') return;
      const world = new World({
        seed,
        prepare: ({ primary }) => {
          primary.adminBehaviour = () => failure;
          primary.fail(failure);
        },
        start: { primaryHealth: started.health, streams: { primary: undefined, secondary: undefined } },
      });
      const at = world.clock.now();
      const receipt = await world.clock.passUntil(world.producer.send({ value: 'x' }));
      expect(receipt.region).toBe('sa-vinhedo-1');
      expect(start.tookMs + world.clock.now() - at).toBeLessThan(limitMs);
      // The switch carries the evidence of the start (INV-6).
      expect(world.eventsOf('failover-done')).toMatchObject([
        { because: { failures: expect.any(Number) as number } },
      ]);
    }
  });

  test('A17: with the primary remembered it does not matter', async () => {
    const start = new Start();
    start.region.adminBehaviour = () => failure;
    const started = await start.clock.passUntil(start.locate(REMEMBERED));
    expect(started).toEqual({ type: 'located', stream: REMEMBERED });
    expect(start.tookMs).toBeLessThanOrEqual(700);
  });
});

test('A17: the control plane is asked first: what it says wins over what is remembered', async () => {
  const start = new Start();
  const old = streamRef('sa-saopaulo-1', 'ocid1.stream.oc1.sa-saopaulo-1.old');
  const started = await start.clock.passUntil(start.locate(old));
  expect(started).toEqual({ type: 'located', stream: REMEMBERED });
  expect(start.tookMs).toBeLessThan(100);
});

test('A12: dead for 1.5 s at the start, then well: located, no verdict', async () => {
  for (const seed of SEEDS) {
    const start = new Start(seed);
    const until = start.clock.now() + 1_500;
    start.region.adminBehaviour = () => (start.clock.now() < until ? status(503) : undefined);
    expect(await start.clock.passUntil(start.locate())).toMatchObject({ type: 'located' });
  }
});

describe('C4, C5, C17: a refusal at the start', () => {
  test.each([
    [401, 'AUTH'],
    [403, 'AUTH'],
    [404, 'NOT_AUTHORIZED_OR_NOT_FOUND'],
    [400, 'REJECTED'],
    [307, 'CONFIG'],
  ] as const)('C4, C5: %i for good is %s after two seconds', async (code, expected) => {
    const start = new Start();
    start.region.adminBehaviour = () => status(code);
    await expect(start.clock.passUntil(start.locate())).rejects.toMatchObject({ code: expected });
    expect(start.tookMs).toBeGreaterThanOrEqual(1_900);
    expect(start.tookMs).toBeLessThan(2_500);
  });

  test.each([401, 404])('C17: %i for 1.5 s passes', async (code) => {
    const start = new Start();
    const until = start.clock.now() + 1_500;
    start.region.adminBehaviour = () => (start.clock.now() < until ? status(code) : undefined);
    expect(await start.clock.passUntil(start.locate())).toMatchObject({ type: 'located' });
  });

  test('C21: no stream of that name is CONFIG at once: asking again would not help', async () => {
    const start = new Start(1, { compartmentId: 'ocid1.compartment.oc1..x', streamName: 'NO-SUCH' });
    await expect(start.clock.passUntil(start.locate())).rejects.toMatchObject({ code: 'CONFIG' });
    expect(start.tookMs).toBeLessThan(100);
  });
});

test('A4: a control plane that throttles says nothing of the region: it is asked again when it says', async () => {
  const start = new Start();
  const until = start.clock.now() + 60_000;
  start.region.adminBehaviour = () =>
    start.clock.now() < until ? status(429, { retryAfter: '3' }) : undefined;
  expect(await start.clock.passUntil(start.locate())).toMatchObject({ type: 'located' });
  expect(start.region.adminCalls.length).toBeLessThan(30);
  expect(start.tookMs).toBeLessThan(64_000);
  expect(start.events[0]).toMatchObject({ kind: 'throttled', retryInMs: 3_000 });
});

test('C5: a refusal is final after exactly two seconds: eleven questions', async () => {
  const start = new Start();
  start.region.latencyMs = 0;
  start.region.adminBehaviour = () => status(403);
  await expect(start.clock.passUntil(start.locate())).rejects.toMatchObject({ code: 'AUTH' });
  expect(start.tookMs).toBe(2_000);
  expect(start.events).toHaveLength(11);
});

test('A17: each failed attempt is told with its number and the pause before the next, none once it is over', async () => {
  const start = new Start();
  start.region.adminBehaviour = (_, number) => (number <= 3 ? status(503) : hang);
  const located = start.locate();
  await start.clock.pass(1_000);
  start.region.adminBehaviour = () => undefined;
  expect(await start.clock.passUntil(located)).toMatchObject({ type: 'located' });
  await start.clock.pass(10_000);
  expect(start.events).toMatchObject(
    [1, 2, 3].map((attempt) => ({ attempt, retryInMs: 200, messages: 0, role: 'primary' })),
  );
});

test('A17, A3: slow failures weigh like silence: fewer of them are a verdict', async () => {
  const failures = async (latencyMs: number): Promise<number> => {
    const start = new Start();
    start.region.latencyMs = latencyMs;
    start.region.adminBehaviour = () => status(503);
    const started = await start.clock.passUntil(start.locate());
    expect(started.type).toBe('down');
    return start.events.length;
  };
  expect(await failures(5)).toBeGreaterThan(await failures(1_900));
});

test('I1: the signal ends a start that waits', async () => {
  const start = new Start();
  start.region.adminBehaviour = () => status(429);
  const located = start.locate();
  start.clock.after(5_000, () => start.leaving.abort(new Error('SIGTERM')));
  await expect(start.clock.passUntil(located)).rejects.toThrow('SIGTERM');
  const calls = start.region.adminCalls.length;
  await start.clock.pass(60_000);
  expect(start.region.adminCalls).toHaveLength(calls);
});

test('I1: a signal that has aborted already ends a start at once', async () => {
  const start = new Start();
  start.leaving.abort(new Error('SIGTERM'));
  await expect(start.clock.passUntil(start.locate(), 100)).rejects.toThrow('SIGTERM');
});

test.each<readonly [string, CallFailure | undefined]>([
  ['located', undefined],
  ['told to wait five seconds, and ended', status(429, { retryAfter: '5' })],
])('I1: a start that is %s leaves no timer and no listener behind', async (_, failure) => {
  const start = new Start();
  start.region.adminBehaviour = () => failure;
  const located = start.locate(failure === undefined ? REMEMBERED : undefined).catch(() => {});
  start.clock.after(1_000, () => start.leaving.abort(new Error('SIGTERM')));
  await start.clock.passUntil(located);
  await start.clock.pass(0);
  // The one that ends the start.
  expect(start.clock.timers).toBe(failure === undefined ? 1 : 0);
  expect(getEventListeners(start.leaving.signal, 'abort')).toEqual([]);
});

test('INV-9: a start asks at most five times a second, and no more once it is over', async () => {
  const start = new Start();
  start.region.adminBehaviour = () => status(503);
  await start.clock.passUntil(start.locate());
  const calls = start.region.adminCalls.length;
  expect(calls).toBeLessThanOrEqual(Math.ceil(start.tookMs / 200) + 1);
  await start.clock.pass(60_000);
  expect(start.region.adminCalls).toHaveLength(calls);
});
