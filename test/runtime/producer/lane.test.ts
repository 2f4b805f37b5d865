import { describe, expect, test } from 'vitest';

import type { HaError } from '../../../runtime/errors.ts';
import { abortedError } from '../../../runtime/producer/given-up.ts';
import { Lane } from '../../../runtime/producer/lane.ts';
import { SingleMessage, type KeySlot } from '../../../runtime/producer/pending-message.ts';
import { PartitionNames } from '../../../runtime/router/index.ts';
import type { Options } from '../../../runtime/settings/index.ts';
import { AbsenceChecks } from '../../../runtime/streams/index.ts';
import { status } from '../../support/fake-region.ts';
import { World } from '../router/world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const busy = status(503, { retryAfter: '86400' });

interface Given {
  readonly key?: string;
  readonly slot?: KeySlot;
  readonly acceptedAt?: number;
}

/** One lane between two regions, with what became of its messages. */
class OneLane {
  readonly world: World;
  readonly lane: Lane;
  /** By value: `stored`, or the error. */
  readonly outcomes = new Map<string, 'stored' | HaError>();
  released = 0;

  constructor(settings: Options = {}) {
    this.world = new World({ settings: { maxBatchMessages: 1, ...settings } });
    const { router, clock, events } = this.world;
    const parts = {
      router,
      clock,
      settings: this.world.settings,
      emit: (event: (typeof events)[number]) => void events.push(event),
      partitions: new PartitionNames(),
      requests: { attempts: 0 },
      absence: new AbsenceChecks(clock),
    };
    this.lane = new Lane(parts, this.world.settings);
  }

  /** As a sender does; each letter is a message. Without `key` they have none. */
  readonly add = (letters: string, { key, slot, acceptedAt = 0 }: Given = {}): SingleMessage[] =>
    Array.from(letters, (value) => {
      const message = new SingleMessage(
        { key: key === undefined ? null : base64(key), value: base64(value), bytes: 1 },
        { stored: () => {}, failed: () => {}, released: () => void this.released++ },
        () => void this.outcomes.set(value, 'stored'),
        (error) => void this.outcomes.set(value, error),
      );
      message.acceptedAt = acceptedAt;
      this.lane.add(message, slot);
      return message;
    });

  /** As a sender does that gives its message up. */
  readonly giveUp = (message: SingleMessage | undefined): void => {
    message?.fail(abortedError(undefined, message.wasSent));
    if (message !== undefined) this.lane.remove(message);
  };

  readonly pass = (ms: number): Promise<void> => this.world.clock.pass(ms);

  error(value: string): HaError | undefined {
    const outcome = this.outcomes.get(value);
    return outcome === 'stored' ? undefined : outcome;
  }

  get stored(): string {
    return [...this.world.primary.values, ...this.world.secondary.values].join('');
  }
}

describe('what a lane holds', () => {
  test('is counted, what waits and what is in flight', async () => {
    const { lane, add, pass } = new OneLane({ maxBatchMessages: 2 });
    expect([lane.isIdle, lane.messages]).toEqual([true, 0]);
    add('abc');
    expect([lane.isIdle, lane.messages, lane.waiting]).toEqual([false, 3, 3]);
    await pass(0);
    expect([lane.isIdle, lane.messages, lane.waiting, lane.inFlight.length]).toEqual([false, 3, 1, 2]);
    await pass(100);
    expect([lane.isIdle, lane.messages]).toEqual([true, 0]);
  });

  test('I3: does not count what was given up while it waited; what is in flight stays until the call has ended', async () => {
    const { lane, add, giveUp, pass } = new OneLane();
    const [first, second] = add('abcde');
    await pass(0);
    giveUp(second);
    expect([lane.waiting, lane.messages]).toEqual([3, 4]);
    giveUp(first);
    expect([lane.waiting, lane.messages]).toEqual([3, 4]);
    await pass(100);
    expect([lane.isIdle, lane.messages]).toEqual([true, 0]);
  });

  test('C23: gives up thousands without looking through all that waits for each of them', async () => {
    const { lane, add, giveUp } = new OneLane();
    const messages = add('x'.repeat(2_000));
    let looks = 0;
    for (const message of messages) {
      let isSettled = false;
      Object.defineProperty(message, 'isSettled', {
        get: () => {
          looks++;
          return isSettled;
        },
        set: (to: boolean) => {
          isSettled = to;
        },
      });
    }
    for (const message of messages.slice(0, 1_900)) giveUp(message);
    expect(lane.waiting).toBe(100);
    expect(lane.waitingMessages.length).toBeLessThanOrEqual(200);
    expect(looks).toBeLessThan(20_000);
  });

  test('is taken back in order, without what was given up, and its keys are free', async () => {
    const { lane, add, giveUp } = new OneLane();
    const slot = { lane, messages: 0 };
    const messages = add('abcd', { key: 'k', slot });
    expect(slot.messages).toBe(4);
    giveUp(messages[1]);
    const back = lane.takeBack();
    expect(back).toEqual([messages[0], messages[2], messages[3]]);
    expect(back.map((message) => message.slot)).toEqual([undefined, undefined, undefined]);
    expect([lane.waiting, slot.messages]).toEqual([0, 0]);
  });

  test.each([
    [1, 15],
    [2, 10],
    [3, 5],
  ])('is short once fewer than %i wait: after %i ms', async (below, afterMs) => {
    const { lane, add, pass } = new OneLane();
    add('abcd');
    await pass(0);
    expect(lane.waiting).toBe(3);
    let isShort = false;
    void lane.whenShort(below).then(() => {
      isShort = true;
    });
    await pass(afterMs - 1);
    expect(isShort).toBe(false);
    await pass(1);
    expect(isShort).toBe(true);
  });

  test('is short at once when fewer wait already', async () => {
    const { lane, pass } = new OneLane();
    let isShort = false;
    void lane.whenShort(1).then(() => {
      isShort = true;
    });
    await pass(0);
    expect(isShort).toBe(true);
  });
});

describe('the end of a lane', () => {
  test('I1: once stopped it begins no further call, and keeps what waits, also when the router closes', async () => {
    const one = new OneLane();
    const { lane, add, pass } = one;
    add('abc');
    await pass(0);
    lane.stop();
    await pass(100);
    expect([one.stored, lane.isIdle, lane.waiting]).toEqual(['a', true, 2]);
    const other = new OneLane();
    // No region takes messages, so it waits for a lease.
    await regionsLost(other);
    const [message] = other.add('d');
    await other.pass(10);
    other.lane.stop();
    await other.world.clock.passUntil(other.world.router.close());
    await other.pass(10);
    expect([other.lane.isIdle, other.outcomes.has('d')]).toEqual([true, false]);
    expect(other.lane.takeBack()).toEqual([message]);
  });

  test('I2: abandoned, everything is settled at once: what is in flight, too', async () => {
    const one = new OneLane();
    const { lane, add, pass } = one;
    one.world.primary.latencyMs = 60_000;
    add('ab');
    await pass(1);
    lane.abandon(({ wasSent }) =>
      Object.assign(new Error() as HaError, { message: wasSent ? 'sent' : 'not sent' }),
    );
    expect([one.error('a')?.message, one.error('b')?.message]).toEqual(['sent', 'not sent']);
    expect([lane.waiting, one.released]).toEqual([0, 1]);
  });

  test('INV-1: what the router does not take any more says whether it may be stored, and why', async () => {
    const one = new OneLane({ maxBatchMessages: 2 });
    one.world.primary.putBehaviour = ({ messages }) => ({
      each: (_, index) => (messages.length > 1 || index === 0 ? 429 : undefined),
    });
    one.add('ab');
    await one.pass(50);
    one.add('c');
    await one.world.clock.passUntil(one.world.router.close());
    await one.pass(60_000);
    const words = 'The producer is closed.';
    for (const sent of ['a', 'b'])
      expect(one.error(sent)?.message).toBe(`The message may be stored: it was being sent. ${words}`);
    expect(one.error('c')).toMatchObject({ code: 'CLOSED', message: `The message is not stored. ${words}` });
    expect(one.error('c')?.cause).toMatchObject({ code: 'CLOSED' });
    expect([one.lane.isIdle, one.released]).toEqual([true, 3]);
  });
});

describe('what is not stored goes again', () => {
  test('G4, B8: a failover ends the pause before it', async () => {
    const one = new OneLane({ maxDelayMs: 60_000 });
    const { primary, secondary, router } = one.world;
    const message = 'The next request can be made in 50000 ms';
    primary.putBehaviour = () => ({ entries: [{ type: 'refused', status: 429, error: '', message }] });
    one.add('a');
    await one.pass(10_000);
    expect([primary.puts, secondary.puts]).toEqual([1, 0]);
    router.command('failover', 'ops', 'a drill');
    await one.pass(500);
    expect(secondary.values).toEqual(['a']);
  });

  test('A1: attempts are counted from one again in the other region', async () => {
    const one = new OneLane({ maxAttempts: 2 });
    const { primary, secondary, router } = one.world;
    primary.fail(status(503));
    one.add('a');
    await one.pass(1_000);
    expect(primary.puts).toBeGreaterThan(2);
    let failures = 1;
    secondary.putBehaviour = ({ messages }) =>
      messages.length > 0 && failures-- > 0 ? status(503) : undefined;
    router.command('failover', 'ops', 'a drill');
    await one.pass(2_000);
    const [failed] = one.world.eventsOf('attempt-failed').filter(({ role }) => role === 'secondary');
    expect(failed).toMatchObject({ attempt: 1 });
    expect(secondary.values).toEqual(['a']);
  });

  test.each([
    ['no', 3],
    ['auto', 1],
    ['yes', 1],
  ] as const)(
    'B12: strictOrder %s: a request after a refusal holds %i messages of a key',
    async (strictOrder, most) => {
      const one = new OneLane({ strictOrder, maxBatchMessages: 3 });
      const { primary } = one.world;
      let refusals = 1;
      const sizes: number[] = [];
      primary.putBehaviour = ({ messages }) => {
        sizes.push(messages.length);
        return { each: () => (refusals-- > 0 ? 429 : undefined) };
      };
      one.add('a', { key: 'other' });
      await one.pass(2_000);
      one.add('bcd', { key: 'k' });
      await one.pass(2_000);
      expect(sizes.slice(2)[0]).toBe(most);
      expect(one.stored).toBe('abcd');
    },
  );
});

describe('F5: a partition that takes few messages of each request', () => {
  test('F5: soon gets requests with little more; all is stored in order, and other keys are not held up', async () => {
    const one = new OneLane({ maxBatchMessages: 100 });
    const { primary } = one.world;
    let sent = 0;
    primary.putBehaviour = ({ messages }) => {
      sent += messages.length;
      let taken = 0;
      return { each: ({ key }) => (key !== base64('slow') || taken++ < 4 ? undefined : 429) };
    };
    const slow = Array.from({ length: 600 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    one.add(slow.slice(0, 300), { key: 'slow' });
    one.add('abc', { key: 'other' });
    one.add(slow.slice(300), { key: 'slow' });
    await one.pass(1_000);
    expect(one.stored).toContain('abc');
    expect(one.stored.length).toBeLessThan(300);
    await one.pass(60_000);
    expect(one.stored.replace('abc', '')).toBe(slow);
    // Without it: 14,000.
    expect(sent).toBeLessThan(1_500);
  });
});

test('F5: after a failure of whole calls, requests hold as much as before', async () => {
  const one = new OneLane({ maxBatchMessages: 100 });
  const { primary, router } = one.world;
  router.command('hold', 'ops', 'a drill');
  primary.fail(status(503));
  const letters = Array.from({ length: 100 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
  one.add(letters);
  await one.pass(20_000);
  expect(one.world.eventsOf('attempt-failed').length).toBeGreaterThan(5);
  primary.heal();
  const sizes: number[] = [];
  primary.putBehaviour = ({ messages }) => void sizes.push(messages.length);
  await one.pass(10_000);
  expect(one.stored).toBe(letters);
  expect(sizes.filter((size) => size > 0)).toEqual([100]);
});

describe('deliveryTimeoutMs', () => {
  test('INV-1, F5: it ends for all that a partition refuses, also for those that a request has no room for', async () => {
    const one = new OneLane({ deliveryTimeoutMs: 8_000, maxBatchMessages: 100, strictOrder: 'no' });
    const { primary } = one.world;
    primary.putBehaviour = () => ({ each: ({ key }) => (key === base64('bad') ? 429 : undefined) });
    const bad = Array.from({ length: 60 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    one.add(bad.join(''), { key: 'bad' });
    for (let second = 0; second < 12; second++) {
      one.add(`${second % 10}`, { key: 'good' });
      await one.pass(1_000);
    }
    for (const value of bad) expect(one.error(value)).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect(one.stored).toBe('012345678901');
    expect(one.world.eventsOf('delivery-failed')).toMatchObject([{ messages: 60 }]);
  });

  test('INV-1: a message whose time ends in a pause is not sent once more, and others of its lane go on', async () => {
    const one = new OneLane({ deliveryTimeoutMs: 8_000, maxBatchMessages: 5 });
    const { primary, router } = one.world;
    router.command('hold', 'ops', 'a drill');
    const isBad = (value: string): boolean => value === base64('a');
    primary.putBehaviour = ({ messages }) => (messages.some(({ value }) => isBad(value)) ? busy : undefined);
    one.add('a');
    await one.pass(6_000);
    const { puts } = primary;
    one.add('b');
    await one.pass(4_000);
    expect(one.error('a')).toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      message: expect.stringMatching(
        /not stored within 8000 ms of trying.*last: .*503.*may be stored/s,
      ) as string,
    });
    expect(primary.puts).toBe(puts + 1);
    expect([one.stored, one.lane.isIdle, one.lane.waiting, one.released]).toEqual(['b', true, 0, 2]);
    expect(one.world.eventsOf('delivery-failed')).toMatchObject([{ messages: 1 }]);
  });

  test('INV-1, I2: a message whose time ended with its region is settled while no region takes messages', async () => {
    const one = new OneLane({ deliveryTimeoutMs: 1_000 });
    const { primary, secondary, router } = one.world;
    primary.latencyMs = 1_500;
    primary.fail(status(503));
    secondary.fail(status(503));
    one.add('a');
    await one.pass(100);
    router.command('failover', 'ops', 'a drill');
    await one.pass(1_600);
    expect(router.takesMessages).toBe(false);
    expect(one.error('a')).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect([one.lane.isIdle, one.lane.waiting, one.released]).toEqual([true, 0, 1]);
    expect(secondary.puts).toBe(0);
  });
});

describe('maxMessageAgeMs', () => {
  test('is the age since the message was accepted, to the millisecond; what is older is not sent', async () => {
    const one = new OneLane({ maxMessageAgeMs: 4_000 });
    one.world.primary.latencyMs = 2_000;
    const earlier = one.world.clock.wall() - 1_000;
    one.add('abcd');
    one.add('e', { acceptedAt: earlier });
    await one.pass(20_000);
    expect(one.stored).toBe('abc');
    expect(one.world.primary.puts).toBe(3);
    expect([one.error('d'), one.error('e')]).toMatchObject([
      {
        code: 'TOO_OLD',
        message: 'The message is not sent. It is 6 s old, more than 4000 ms (`maxMessageAgeMs`).',
      },
      { message: expect.stringContaining('It is 7 s old') as string },
    ]);
    expect([one.lane.isIdle, one.released]).toEqual([true, 5]);
  });

  test('says of a message that was being sent that it may be stored', async () => {
    const one = new OneLane({ maxMessageAgeMs: 4_000 });
    one.world.router.command('hold', 'ops', 'a drill');
    one.world.primary.fail(busy);
    one.add('a');
    await one.pass(120_000);
    expect(one.error('a')?.message).toContain('The message may be stored: it was being sent.');
  });
});

async function regionsLost(one: OneLane): Promise<void> {
  one.world.primary.fail(status(503));
  one.world.secondary.fail(status(503));
  one.world.router.command('failover', 'ops', 'a drill');
  await one.pass(10);
  expect(one.world.router.takesMessages).toBe(false);
}
