import { describe, expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import type { EncodedMessage, PutResult } from '../../../runtime/region.ts';
import {
  deliver,
  PartitionNames,
  type DeliveryHistory,
  type DeliveryResult,
  type Lease,
} from '../../../runtime/router/index.ts';
import { AbsenceChecks } from '../../../runtime/streams/index.ts';
import { status, type PutBehaviour } from '../../support/fake-region.ts';
import { World, type WorldOptions } from './world.ts';

const NO_HISTORY: DeliveryHistory = { attemptsUsedUp: 0, absentSince: undefined };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const textOf = (value: string): string => Buffer.from(value, 'base64').toString();
/** `value`, or `key:value`; an empty key is none. */
const message = (text: string): EncodedMessage => {
  const [value = '', key = 'k'] = text.split(':').toReversed();
  return { key: key === '' ? null : base64(key), value: base64(value), bytes: 2 };
};
const result = (type: 'stored' | 'refused' | 'unnamed', words = 'as told'): PutResult => {
  if (type === 'unnamed') return { type };
  if (type === 'refused') return { type, status: 429, error: 'TooManyRequests', message: words };
  return { type, partition: '0', offset: 7, timestamp: '2026-11-26T12:00:00.000Z' };
};
const absent = status(404);

/** A world whose active region answers puts of messages like this, with what `deliver` needs. */
class Delivery {
  readonly world: World;
  readonly #absence: AbsenceChecks;

  constructor(behaviour: PutBehaviour, options: WorldOptions = {}) {
    this.world = new World(options);
    this.#absence = new AbsenceChecks(this.world.clock);
    const region = options.active === 'secondary' ? this.world.secondary : this.world.primary;
    region.putBehaviour = behaviour;
  }

  /** Under a new lease: `lease` replaces parts of it. */
  async run(values: string[], history = NO_HISTORY, lease: Partial<Lease> = {}): Promise<DeliveryResult> {
    const { router, settings, clock, events } = this.world;
    const granted = { ...(await clock.passUntil(router.acquire(), 60_000)), ...lease };
    const parts = {
      router,
      settings,
      clock,
      emit: (event: (typeof events)[number]) => void events.push(event),
      partitions: new PartitionNames(),
      requests: { attempts: 0 },
      absence: this.#absence,
    };
    return clock.passUntil(deliver(granted, values.map(message), history, parts));
  }
}

const outcomesOf = ({ outcomes }: DeliveryResult): string[] =>
  outcomes.map((outcome) => (outcome.type === 'again' ? `again: ${outcome.because}` : outcome.type));

describe('the outcome of each message', () => {
  test('B1, B4: is that of its entry, with what the region said of it', async () => {
    const entries = [
      result('stored'),
      result('refused', ' slower '),
      result('unnamed'),
      result('refused', ''),
    ];
    const found = await new Delivery(() => ({ entries })).run(['a', 'b', 'c', 'd']);
    expect(outcomesOf(found)).toEqual([
      'stored',
      'again: 429 TooManyRequests  slower',
      'again: the answer has no result for this message',
      'again: 429 TooManyRequests',
    ]);
  });

  test('A1: is that it goes again, with the last failure, when attempts are used up', async () => {
    const found = await new Delivery(() => status(503)).run(['a', 'b']);
    expect(found.outcomes).toHaveLength(2);
    expect(new Set(outcomesOf(found))).toEqual(
      new Set(['again: PutMessages in sa-saopaulo-1: 503 AsTold as told']),
    );
  });

  test('C2, C10: is the rejection when the request is: told once, with the number of messages', async () => {
    const delivery = new Delivery(() => status(403));
    const found = await delivery.run(['a', 'b', 'c']);
    expect(outcomesOf(found)).toEqual(['rejected', 'rejected', 'rejected']);
    const [outcome] = found.outcomes;
    const error = outcome?.type === 'rejected' ? outcome.error : undefined;
    expect(error).toMatchObject({
      code: 'AUTH',
      message: expect.stringMatching(/^The message is not stored: PutMessages in .*403/) as string,
      cause: { failure: { status: 403 } },
    });
    expect(delivery.world.eventsOf('delivery-failed')).toEqual([
      { type: 'delivery-failed', messages: 3, error },
    ]);
    expect(found).toMatchObject({ pauseMs: 0, ...NO_HISTORY });
  });

  test('B10, INV-2: in a batch that is halved, nothing is stored before an earlier message that goes again', async () => {
    const delivery = new Delivery(({ messages }) => {
      if (messages.length > 2) return status(413);
      return { entries: messages.map((_, index) => result(index === 0 ? 'stored' : 'refused', '')) };
    });
    const found = await delivery.run(['a', 'b', 'c', 'd']);
    expect(outcomesOf(found)).toEqual([
      'stored',
      'again: 429 TooManyRequests',
      'again: an earlier message goes again',
      'again: an earlier message goes again',
    ]);
    expect(delivery.world.primary.puts).toBe(2);
    // The pause is that of the half that was refused.
    expect(found.pauseMs).toBeGreaterThan(0);
  });

  test('B10, A18: a half waits only for its own keys', async () => {
    const refused = new Set(['a', 'x']);
    const delivery = new Delivery(({ messages }) => {
      if (messages.length > 4) return status(413);
      const isRefused = ({ value }: EncodedMessage): boolean => refused.has(textOf(value));
      return { entries: messages.map((each) => result(isRefused(each) ? 'refused' : 'stored', '')) };
    });
    const found = await delivery.run(['i:a', ':x', 'j:b', 'h:c', ':d', 'j:e', 'i:f']);
    const again = 'again: an earlier message goes again';
    const refusal = 'again: 429 TooManyRequests';
    expect(outcomesOf(found)).toEqual([refusal, refusal, 'stored', 'stored', 'stored', 'stored', again]);
    expect(found.pauseMs).toBeGreaterThan(0);
  });

  test('B10, INV-9: a half does not go to a region that gave the other one no answer', async () => {
    const delivery = new Delivery(({ messages }) => status(messages.length > 2 ? 413 : 503));
    await delivery.run(['i:a', 'i:b', 'j:c', 'j:d']);
    expect(new Set(delivery.world.primary.putTimes).size).toBe(6);
  });

  test('B10, R1: the second half goes to no region that was left meanwhile', async () => {
    const leaving = new AbortController();
    const delivery = new Delivery(({ messages }) => {
      if (messages.length > 2) return status(413);
      leaving.abort();
      return undefined;
    });
    const found = await delivery.run(['i:a', 'i:b', 'j:c', 'j:d'], NO_HISTORY, { ended: leaving.signal });
    const left = 'again: the region was left';
    expect(outcomesOf(found)).toEqual(['stored', 'stored', left, left]);
    expect(delivery.world.primary.puts).toBe(2);
  });

  test('B10: of an odd number of messages the first half is the larger one', async () => {
    const sizes: number[] = [];
    const delivery = new Delivery(({ messages }) => {
      sizes.push(messages.length);
      return messages.length > 3 ? status(413) : undefined;
    });
    expect(outcomesOf(await delivery.run(['a', 'b', 'c', 'd', 'e']))).toEqual(Array(5).fill('stored'));
    expect(sizes).toEqual([5, 3, 2]);
    expect(delivery.world.primary.values).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('what a lane has to know for its next delivery', () => {
  test('A1: how many attempts are used up: those of before, and of this one', async () => {
    const hold = { by: 'ops', why: 'a test' };
    const delivery = new Delivery(() => status(503), { hold });
    const first = await delivery.run(['a']);
    expect(first.attemptsUsedUp).toBe(5);
    const second = await delivery.run(['a'], first);
    expect(second.attemptsUsedUp).toBe(6);
    expect(delivery.world.eventsOf('attempt-failed').map(({ attempt }) => attempt)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  test('A1: none after an answer, whatever was before', async () => {
    const history: DeliveryHistory = { attemptsUsedUp: 5, absentSince: 1_000_000 };
    expect(await new Delivery(() => undefined).run(['a'], history)).toMatchObject({
      pauseMs: 0,
      ...NO_HISTORY,
    });
    const refusing = new Delivery(() => ({ entries: [result('stored'), result('refused')] }));
    expect(await refusing.run(['a', 'b'], history)).toMatchObject(NO_HISTORY);
  });

  test('C2: a batch that is halved was answered: its halves have all their attempts', async () => {
    const delivery = new Delivery(({ messages }) => status(messages.length > 1 ? 413 : 503));
    const found = await delivery.run(['a', 'b'], { attemptsUsedUp: 5, absentSince: undefined });
    expect(found.attemptsUsedUp).toBe(5);
    // The first half alone: five attempts after the 413.
    expect(delivery.world.primary.puts).toBe(6);
  });

  test.each<readonly [string, Partial<Lease>, CallFailure]>([
    ['a trial', { trial: true }, status(503)],
    ['a trial of an absent stream', { trial: true }, absent],
    ['a lease that has ended', { ended: AbortSignal.abort() }, status(503)],
  ])(
    'G1, R1: after %s it begins anew, at once, in the region that is active then',
    async (_, lease, failure) => {
      const delivery = new Delivery(() => failure);
      const found = await delivery.run(['a'], { attemptsUsedUp: 3, absentSince: 1_000_000 }, lease);
      expect(outcomesOf(found)).toEqual(['again: the region was left']);
      expect(found).toMatchObject({ pauseMs: 0, ...NO_HISTORY });
      expect(delivery.world.primary.adminCalls).toEqual([]);
    },
  );
});

test('D18: a lease that ends while the control plane is asked about a 404 ends the delivery', async () => {
  const delivery = new Delivery(() => absent);
  const ends = new AbortController();
  // The put takes five milliseconds, and so does GetStream.
  delivery.world.clock.after(7, () => ends.abort());
  const found = await delivery.run(['a'], { attemptsUsedUp: 1, absentSince: 1 }, { ended: ends.signal });
  expect(outcomesOf(found)).toEqual(['again: the region was left']);
  expect(found).toMatchObject({ pauseMs: 0, ...NO_HISTORY });
});

describe('C5: a stream that answers 404, and is ACTIVE', () => {
  /** As a lane does it, until the message is rejected: how long it took, and the results in between. */
  async function untilRejected(delivery: Delivery): Promise<{ tookMs: number; results: DeliveryResult[] }> {
    const { clock } = delivery.world;
    const beganAt = clock.now();
    const results: DeliveryResult[] = [];
    for (let history = NO_HISTORY; ;) {
      const found = await delivery.run(['a'], history);
      results.push(found);
      if (found.outcomes[0]?.type === 'rejected') return { tookMs: clock.now() - beganAt, results };
      history = found;
      await clock.pass(found.pauseMs);
    }
  }

  test.each([
    ['primary', 5_000],
    ['secondary', 30_000],
  ] as const)('C5, D13: the %s has %i ms: new policies and streams need time', async (active, patienceMs) => {
    const delivery = new Delivery(() => absent, { active });
    const { tookMs, results } = await untilRejected(delivery);
    expect(tookMs).toBeGreaterThanOrEqual(patienceMs);
    expect(tookMs).toBeLessThan(patienceMs + 300);
    const waits = results.slice(0, -1);
    const [first] = waits;
    expect(new Set(waits.map(({ pauseMs }) => pauseMs))).toEqual(new Set([250]));
    expect(new Set(waits.map(({ absentSince }) => absentSince))).toEqual(new Set([1_000_005]));
    expect(first?.attemptsUsedUp).toBe(1);
    expect(outcomesOf(first!)[0]).toContain('again: PutMessages in');
    expect(outcomesOf(first!)[0]).toContain('404');
  });

  test('C5: the time is over when it is used up to the millisecond', async () => {
    const delivery = new Delivery(() => absent);
    const { world } = delivery;
    world.primary.latencyMs = 0;
    const since = (ms: number): DeliveryHistory => ({
      attemptsUsedUp: 1,
      absentSince: world.clock.now() - ms,
    });
    expect(outcomesOf(await delivery.run(['a'], since(4_999)))[0]).toContain('again');
    expect(outcomesOf(await delivery.run(['a'], since(5_000)))).toEqual(['rejected']);
  });

  test.each<CallFailure>([status(503), { type: 'timeout', afterMs: 10 }])(
    'C5: while the control plane answers %j nothing is decided, however long it takes',
    async (failure) => {
      const delivery = new Delivery(() => absent);
      delivery.world.primary.adminBehaviour = () => failure;
      const found = await delivery.run(['a'], { attemptsUsedUp: 1, absentSince: 1 });
      expect(outcomesOf(found)[0]).toContain('again');
      expect(found.absentSince).toBe(1);
    },
  );

  test('D15: a secondary that is gone is told of with its OCID, and the message goes on at once', async () => {
    const delivery = new Delivery(() => absent, { active: 'secondary' });
    const { world } = delivery;
    world.secondary.streams.length = 0;
    const found = await delivery.run(['a'], { attemptsUsedUp: 2, absentSince: 1 });
    expect(outcomesOf(found)[0]).toContain('404');
    expect(found).toMatchObject({ pauseMs: 0, ...NO_HISTORY });
    expect(world.eventsOf('stream-gone')).toMatchObject([{ ocid: world.secondaryStream?.ocid }]);
  });
});
