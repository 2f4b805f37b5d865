import { getEventListeners } from 'node:events';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { FlowControl, GivenUp } from '../../../runtime/producer/flow-control.ts';
import { cases } from '../../support/cases.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LIMIT = 10;
const BLOCK_MS = 100;

type Step =
  | { readonly type: 'send'; readonly cost: number; readonly messages: number }
  | { readonly type: 'give' }
  | { readonly type: 'give-up'; readonly pick: number }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'writable'; readonly cost: number };

const costs = fc.integer({ min: 1, max: LIMIT + 3 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      cost: costs,
      messages: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: 'give' } as const) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('give-up' as const), pick: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat(BLOCK_MS) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('writable' as const), cost: costs }) },
);

interface Sent {
  readonly id: number;
  readonly cost: number;
  readonly messages: number;
  readonly at: number;
}

/** What flow control has to do, said in the plainest way. */
class Model {
  inside: Sent[] = [];
  waiting: Sent[] = [];
  readonly outcomes = new Map<number, string>();

  #cost(list: readonly Sent[]): number {
    return list.reduce((sum, { cost }) => sum + cost, 0);
  }

  get bytes(): number {
    return this.#cost(this.inside);
  }

  fits(cost: number): boolean {
    return this.inside.length === 0 || this.bytes + cost <= LIMIT;
  }

  isWritable(cost: number): boolean {
    return this.waiting.length === 0 && this.fits(cost);
  }

  send(sent: Sent): void {
    if (this.isWritable(sent.cost)) this.#enter(sent);
    else if (this.waiting.length > 0 && this.#cost(this.waiting) + sent.cost > LIMIT)
      this.outcomes.set(sent.id, 'BUFFER_FULL');
    else this.waiting.push(sent);
  }

  #enter(sent: Sent): void {
    this.inside.push(sent);
    this.outcomes.set(sent.id, 'in');
  }

  admit(): void {
    for (let [first] = this.waiting; first !== undefined && this.fits(first.cost); [first] = this.waiting) {
      this.waiting.shift();
      this.#enter(first);
    }
  }

  leave(found: (sent: Sent) => boolean, outcome: string): void {
    for (const sent of this.waiting.filter(found)) this.outcomes.set(sent.id, outcome);
    this.waiting = this.waiting.filter((sent) => !found(sent));
    this.admit();
  }
}

describe('flow control', () => {
  test('C13, C14, C22, INV-2, INV-5: is a bounded line: first come first served, each for its time, to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (history) => {
        const clock = new VirtualClock();
        const flow = new FlowControl(clock, { maxBufferBytes: LIMIT, maxBlockMs: BLOCK_MS });
        const model = new Model();
        const outcomes = new Map<number, string>();
        const leaving = new Map<number, AbortController>();
        const writable: { cost: number; resolved: boolean }[] = [];
        let id = 0;
        for (const step of history) {
          switch (step.type) {
            case 'send': {
              const sent = { id: id++, cost: step.cost, messages: step.messages, at: clock.now() };
              const signal = new AbortController();
              leaving.set(sent.id, signal);
              const enter = async (): Promise<void> => void outcomes.set(sent.id, 'in');
              if (flow.tryTake(sent.cost, sent.messages)) await enter();
              else
                flow.wait(sent.cost, enter, signal.signal, sent.messages).catch((error: unknown) => {
                  outcomes.set(sent.id, error instanceof HaError ? error.code : 'given up');
                  expect(error instanceof HaError || error instanceof GivenUp).toBe(true);
                });
              model.send(sent);
              break;
            }
            case 'give': {
              const first = model.inside.shift();
              if (first === undefined) break;
              // One message at a time, as a producer does it.
              for (let n = 1; n < first.messages; n++) flow.give(0);
              flow.give(first.cost);
              model.admit();
              break;
            }
            case 'give-up': {
              const sent = model.waiting[step.pick];
              if (sent === undefined) break;
              leaving.get(sent.id)?.abort();
              model.leave(({ id: other }) => other === sent.id, 'given up');
              break;
            }
            case 'pass': {
              const until = clock.now() + step.ms;
              for (;;) {
                const due = Math.min(...model.waiting.map(({ at }) => at + BLOCK_MS));
                if (due > until) break;
                model.leave(({ at }) => at + BLOCK_MS <= due, 'BUFFER_FULL');
              }
              await clock.pass(step.ms);
              break;
            }
            case 'writable': {
              const asked = { cost: step.cost, resolved: false };
              writable.push(asked);
              expect(flow.isWritable(step.cost)).toBe(model.isWritable(step.cost));
              void flow.whenWritable(step.cost).then(() => (asked.resolved = true));
              break;
            }
          }
          await clock.pass(0);
          expect(flow.bytes).toBe(model.bytes);
          expect(flow.messages).toBe(model.inside.reduce((sum, { messages }) => sum + messages, 0));
          expect(outcomes).toEqual(model.outcomes);
          // The first that asked is told as soon as it may send.
          const asking = writable.filter(({ resolved }) => !resolved);
          if (asking[0] !== undefined) expect(model.isWritable(asking[0].cost)).toBe(false);
        }
        const settled = [...leaving].filter(([sent]) => outcomes.has(sent));
        for (const [, { signal }] of settled) expect(getEventListeners(signal, 'abort')).toEqual([]);
        // Who still waits has one timer in all.
        expect(clock.timers).toBeLessThanOrEqual(1);
        flow.refuse(new HaError('CLOSED', 'closed'));
        await clock.pass(0);
        expect(clock.timers).toBe(0);
        expect(writable.every(({ resolved }) => resolved)).toBe(true);
        model.leave(() => true, 'CLOSED');
        expect([...outcomes.values()].sort()).toEqual([...model.outcomes.values()].sort());
      }),
      { numRuns: cases(500, 100) },
    );
  });

  test('C13: when the first in line has waited too long, those behind that fit are let in at once', async () => {
    const clock = new VirtualClock();
    const flow = new FlowControl(clock, { maxBufferBytes: LIMIT, maxBlockMs: BLOCK_MS });
    const enter = (): Promise<string> => Promise.resolve('in');
    flow.tryTake(LIMIT - 2);
    const large = Promise.allSettled([flow.wait(3, enter)]);
    await clock.pass(BLOCK_MS / 2);
    const small = flow.wait(2, enter);
    await clock.pass(BLOCK_MS / 2);
    expect(await large).toMatchObject([{ reason: { code: 'BUFFER_FULL' } }]);
    expect(flow.bytes).toBe(LIMIT);
    expect(await small).toBe('in');
  });

  test('C13: who finds no room is told why, and what to change', async () => {
    const clock = new VirtualClock();
    const flow = new FlowControl(clock, { maxBufferBytes: LIMIT, maxBlockMs: BLOCK_MS });
    flow.tryTake(LIMIT);
    const enter = (): Promise<void> => Promise.resolve();
    const late = Promise.allSettled([flow.wait(LIMIT, enter)]);
    const size =
      '10 bytes (maxBufferBytes, 1 KiB counted on top of each message) are accepted and not yet stored';
    const remedy = 'Send slower, or raise `maxBufferBytes` or `maxBlockMs`.';
    await expect(flow.wait(1, enter)).rejects.toThrow(
      `The message is not accepted: ${size}, and as much again waits for room. ${remedy}`,
    );
    await clock.pass(BLOCK_MS);
    const reason = (words: string): object => [{ reason: { code: 'BUFFER_FULL', message: words } }];
    expect(await late).toMatchObject(
      reason(`The message is not accepted: ${size}, no room in 100 ms. ${remedy}`),
    );
  });

  test('F2: when there is no room elsewhere either, that is the reason', async () => {
    const full = new HaError('OUTBOX_FULL', 'the disk');
    const clock = new VirtualClock();
    const flow = new FlowControl(clock, { maxBufferBytes: LIMIT, maxBlockMs: BLOCK_MS }, () => full);
    let hasRoom = false;
    const alsoFits = (): boolean => hasRoom;
    const enter = (): Promise<string> => Promise.resolve('in');
    expect(flow.tryTake(1, 1, alsoFits)).toBe(false);
    const late = Promise.allSettled([flow.wait(1, enter, undefined, 1, alsoFits)]);
    await clock.pass(BLOCK_MS);
    expect(await late).toEqual([{ status: 'rejected', reason: full }]);
    const inTime = flow.wait(1, enter, undefined, 1, alsoFits);
    const writable = flow.whenWritable(1, alsoFits);
    flow.admit();
    expect(flow.messages).toBe(0);
    hasRoom = true;
    flow.admit();
    expect(await inTime).toBe('in');
    await writable;
    expect(flow.messages).toBe(1);
  });
});
