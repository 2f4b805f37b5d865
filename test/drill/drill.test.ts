import { expect, test } from 'vitest';

import type { JudgedRun, StoredPlace } from '../simulation/check/messages.ts';
import type { Sent } from '../simulation/world/sent.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';
import { drill, judge } from './drill.ts';

const PLAN = { messages: 2_000, keys: 16, perSecond: Infinity, readForMs: 60_000 };

test('judges a run over HTTP: a failover with copies on the way loses nothing and keeps order', async () => {
  await using world = await EmulatedWorld.start();
  // Every message is stored and no answer arrives: each is sent again.
  await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', reset: 'after' });
  const result = await drill(PLAN, world.context());
  expect(result.violations).toEqual([]);
  expect(result.rejected).toEqual({});
  expect(result.failovers).toBe(1);
  expect(result.stored[VINHEDO]).toBe(PLAN.messages);
  expect(result.copies).toBeGreaterThan(0);
  expect(result.copies).toBeLessThanOrEqual(result.attemptedAgain);
});

const PLACE = { region: SAO_PAULO, stream: 'ocid1.stream.oc1..one', partition: '0' };

/** Two stored messages of one key. */
function run(change: Partial<JudgedRun> = {}): JudgedRun {
  const sent = ['YQ==', 'Yg=='].map((value, order): Sent => {
    const receipt = { ...PLACE, offset: order, timestamp: '2026-01-01T00:00:00Z' };
    const outcome = { type: 'stored', receipt } as const;
    return { value, key: 'k', order, process: 0, life: 0, at: 0, aborts: false, settledAt: 1, outcome };
  });
  const stored = new Map<string, StoredPlace[]>([
    ['YQ==', [{ ...PLACE, offset: 0 }]],
    ['Yg==', [{ ...PLACE, offset: 1 }]],
  ]);
  return {
    sent,
    stored,
    removed: new Set(),
    setAside: new Set(),
    reordered: 0,
    hasOutbox: false,
    mayTakeOver: () => false,
    ...change,
  };
}

test('finds nothing in a run that is right', () => {
  expect(judge(run(), 0, 0)).toEqual([]);
});

test('one message that many later ones overtook is one message out of order, and the producer may tell of it', () => {
  const places = [2, 0, 1].map((offset) => ({ ...PLACE, offset }));
  const values = ['YQ==', 'Yg==', 'Yw=='];
  const sent = values.map((value, order): Sent => {
    const receipt = { ...places[order]!, timestamp: '2026-01-01T00:00:00Z' };
    return { ...run().sent[0]!, value, order, outcome: { type: 'stored', receipt } };
  });
  const stored = new Map(values.map((value, order) => [value, [places[order]!]]));
  expect(judge(run({ sent, stored, reordered: 1 }), 0, 0)).toEqual([]);
  expect(judge(run({ sent, stored }), 0, 0).map(({ type }) => type)).toContain('out-of-order');
});

test.each<[string, string, Partial<JudgedRun>, number]>([
  [
    'a message that was acknowledged and never read',
    'lost',
    { stored: new Map([['YQ==', [{ ...PLACE, offset: 0 }]]]) },
    0,
  ],
  [
    'messages of one key in another order than they were sent',
    'out-of-order',
    { sent: run().sent.toReversed() },
    0,
  ],
  ['a promise that never settled', 'unsettled', { sent: run().sent.map((sent) => withoutOutcome(sent)) }, 0],
  ['a copy without a failed attempt', 'duplicate', {}, 1],
  ['a message that was never sent', 'unexpected', { sent: run().sent.slice(0, 1) }, 0],
])('finds %s', (_, type, change, copies) => {
  expect(judge(run(change), copies, 0).map((violation) => violation.type)).toContain(type);
});

function withoutOutcome({ value, key, order, process, life, at, aborts }: Sent): Sent {
  return { value, key, order, process, life, at, aborts };
}
