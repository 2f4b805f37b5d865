import { describe, expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { costOf, FlowControl, GivenUp } from '../../../runtime/producer/flow-control.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const KIB = 1_024;

/** Room for so many messages that cost 1 KiB each; what is let in is kept in order. */
function roomFor(messages: number, maxBlockMs = 1_000): Room {
  const clock = new VirtualClock();
  const flow = new FlowControl(clock, { maxBufferBytes: messages * KIB, maxBlockMs });
  const entered: string[] = [];
  const wait = (name: string, cost = KIB, signal?: AbortSignal): Promise<string> => {
    const enter = async (): Promise<string> => {
      entered.push(name);
      return name;
    };
    return flow.wait(cost, enter, signal);
  };
  return { clock, flow, entered, wait };
}

interface Room {
  readonly clock: VirtualClock;
  readonly flow: FlowControl;
  readonly entered: string[];
  readonly wait: (name: string, cost?: number, signal?: AbortSignal) => Promise<string>;
}

describe('what a message costs', () => {
  test.each([
    [0, 1_024],
    [1, 1_025],
    [1_048_576, 1_049_600],
  ])('C22: a message of %i bytes counts for %i', (bytes, cost) => {
    expect(costOf(bytes)).toBe(cost);
  });

  test('C22, INV-5: empty messages are bounded as well', () => {
    const { flow } = roomFor(3);
    expect([1, 2, 3, 4].map(() => flow.tryTake(costOf(0)))).toEqual([true, true, true, false]);
    expect([flow.messages, flow.bytes]).toEqual([3, 3 * KIB]);
  });

  test('C13: what costs more than all room is let in alone', () => {
    const { flow } = roomFor(2);
    expect(flow.tryTake(10 * KIB)).toBe(true);
    expect(flow.tryTake(1)).toBe(false);
    flow.give(10 * KIB);
    expect(flow.tryTake(KIB)).toBe(true);
    expect(flow.tryTake(10 * KIB)).toBe(false);
  });

  test('INV-5: the bound holds to the byte', () => {
    const { flow } = roomFor(2);
    expect(flow.tryTake(2 * KIB - 1)).toBe(true);
    expect(flow.tryTake(2)).toBe(false);
    expect(flow.tryTake(1)).toBe(true);
    expect(flow.tryTake(1)).toBe(false);
  });
});

describe('who waits', () => {
  test('C13, INV-2: a later, smaller message does not overtake one that waits', async () => {
    const { flow, entered, wait } = roomFor(3);
    flow.tryTake(3 * KIB);
    const large = wait('large', 2 * KIB);
    const small = wait('small', 1);
    expect(flow.tryTake(1)).toBe(false);
    flow.give(KIB);
    expect(entered).toEqual([]);
    expect(flow.tryTake(1)).toBe(false);
    flow.give(KIB);
    expect(entered).toEqual(['large']);
    flow.give(KIB);
    await Promise.all([large, small]);
    expect(entered).toEqual(['large', 'small']);
  });

  test('C13: each waits for maxBlockMs, counted from its own send', async () => {
    const { clock, flow, wait } = roomFor(1);
    flow.tryTake(KIB);
    const outcome: string[] = [];
    const settle = (name: string): void => {
      wait(name).then(
        () => outcome.push(`${name} in`),
        (error: { code: string }) => outcome.push(`${name} ${error.code}`),
      );
    };
    settle('first');
    await clock.pass(600);
    flow.give(KIB);
    flow.tryTake(KIB);
    await clock.pass(0);
    expect(outcome).toEqual(['first in']);
    settle('second');
    await clock.pass(999);
    expect(outcome).toEqual(['first in']);
    await clock.pass(1);
    expect(outcome).toEqual(['first in', 'second BUFFER_FULL']);
  });

  test('C14: what waits is bounded by the same number again; beyond it the error comes at once', async () => {
    const { clock, flow, wait } = roomFor(3);
    for (let each = 0; each < 3; each++) flow.tryTake(KIB);
    const waiting = Array.from({ length: 10 }, (_, n) =>
      wait(`${n}`).catch((error: { code: string }) => error.code),
    );
    await clock.pass(0);
    expect(await Promise.all(waiting.slice(3))).toEqual(Array(7).fill('BUFFER_FULL'));
    for (let each = 0; each < 3; each++) flow.give(KIB);
    expect(await Promise.all(waiting.slice(0, 3))).toEqual(['0', '1', '2']);
  });

  test('C13: a message larger than all room waits alone, and is let in when everything is given back', async () => {
    const { flow, wait } = roomFor(2);
    flow.tryTake(KIB);
    const huge = wait('huge', 10 * KIB);
    await expect(wait('more')).rejects.toMatchObject({ code: 'BUFFER_FULL' });
    flow.give(KIB);
    await expect(huge).resolves.toBe('huge');
    expect(flow.bytes).toBe(10 * KIB);
  });

  test('I3: who gives up makes way for those behind', async () => {
    const { flow, entered, wait } = roomFor(3);
    flow.tryTake(2 * KIB);
    const leaving = new AbortController();
    const large = wait('large', 2 * KIB, leaving.signal);
    const small = wait('small');
    expect(entered).toEqual([]);
    leaving.abort(null);
    await expect(large).rejects.toBeInstanceOf(GivenUp);
    await expect(small).resolves.toBe('small');
    expect([flow.messages, flow.bytes]).toEqual([2, 3 * KIB]);
  });

  test('I3, INV-11: one signal for a message that has room and one that waits: the second does not enter by what the first one leaves', async () => {
    const { flow, entered, wait } = roomFor(1);
    flow.tryTake(KIB);
    const leaving = new AbortController();
    leaving.signal.addEventListener('abort', () => flow.give(KIB));
    const waiting = wait('second', KIB, leaving.signal);
    leaving.abort();
    await expect(waiting).rejects.toBeInstanceOf(GivenUp);
    expect([entered, flow.bytes]).toEqual([[], 0]);
  });

  test('INV-11: as many as wait can enter and let go at once, as messages do that cannot be written', async () => {
    const { flow } = roomFor(20);
    flow.tryTake(20 * KIB);
    let entered = 0;
    const enter = async (): Promise<void> => {
      entered++;
      flow.give(1);
    };
    const waiting = Array.from({ length: 20_000 }, () => flow.wait(1, enter));
    flow.give(20 * KIB);
    await Promise.all(waiting);
    expect([entered, flow.bytes]).toEqual([20_000, 0]);
  });

  test('C23: a thousand that gave up leave nothing behind: as many may wait as before', async () => {
    const { clock, flow, wait } = roomFor(2);
    flow.tryTake(2 * KIB);
    for (let round = 0; round < 500; round++) {
      const leaving = new AbortController();
      const gone = [wait('a', KIB, leaving.signal), wait('b', KIB, leaving.signal)];
      leaving.abort();
      await Promise.allSettled(gone);
    }
    const kept = [wait('c'), wait('d')];
    await expect(wait('e')).rejects.toMatchObject({ code: 'BUFFER_FULL' });
    flow.give(2 * KIB);
    expect(await clock.passUntil(Promise.all(kept))).toEqual(['c', 'd']);
  });

  test('F2, C13: who comes too many learns what is full now, not what was full earlier', async () => {
    const clock = new VirtualClock();
    let full: HaError | undefined = new HaError('OUTBOX_FULL', 'the outbox has no room');
    const flow = new FlowControl(clock, { maxBufferBytes: KIB, maxBlockMs: 1_000 }, () => full);
    const enter = async (): Promise<void> => {};
    const tooMany = async (): Promise<unknown> => {
      flow.tryTake(KIB);
      const first = flow.wait(KIB, enter);
      const error = await flow.wait(KIB, enter).catch((thrown: unknown) => thrown);
      flow.give(KIB);
      await first;
      flow.give(KIB);
      return error;
    };
    expect(await tooMany()).toMatchObject({ code: 'OUTBOX_FULL' });
    full = undefined;
    expect(await tooMany()).toMatchObject({ code: 'BUFFER_FULL' });
  });

  test('I2: at close everybody who waits is refused, none is let in by the room that another one leaves', async () => {
    const { clock, flow, entered, wait } = roomFor(2);
    flow.tryTake(KIB);
    const waiting = [wait('large', 2 * KIB), wait('small', 1)];
    const writable = flow.whenWritable(1_024);
    flow.refuse(new Error('closed'));
    const outcome = await Promise.allSettled(waiting);
    expect(outcome.map((each) => each.status)).toEqual(['rejected', 'rejected']);
    expect(entered).toEqual([]);
    await writable;
    await clock.pass(10_000);
    expect([flow.messages, flow.bytes]).toEqual([1, KIB]);
  });

  test('C13: whenWritable resolves when a small message would be let in, and not before', async () => {
    const { clock, flow } = roomFor(2);
    await flow.whenWritable(1_024);
    flow.tryTake(2 * KIB);
    let writable = false;
    void flow.whenWritable(1_024).then(() => {
      writable = true;
    });
    await clock.pass(0);
    expect(writable).toBe(false);
    flow.give(KIB);
    await clock.pass(0);
    expect(writable).toBe(true);
  });

  test('C13: whenWritable of a large message waits for as much room, and is looked at no more once it has resolved', async () => {
    const { clock, flow } = roomFor(2);
    flow.tryTake(2 * KIB);
    let writable = false;
    let looks = 0;
    const alsoFits = (): boolean => {
      looks++;
      return true;
    };
    void flow.whenWritable(2 * KIB, alsoFits).then(() => {
      writable = true;
    });
    flow.give(KIB);
    await clock.pass(0);
    expect(writable).toBe(false);
    flow.give(KIB);
    await clock.pass(0);
    expect(writable).toBe(true);
    const before = looks;
    for (let n = 0; n < 10; n++) {
      flow.tryTake(KIB);
      flow.give(KIB);
    }
    expect(looks).toBe(before);
  });
});
