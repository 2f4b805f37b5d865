import { expect, test } from 'vitest';

import { IdleEnd, unreached } from '../../../../runtime/commands/consumer/idle-end.ts';
import type { Reading } from '../../../../runtime/consumer/index.ts';
import type { Note } from '../../../../runtime/log/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('I15: a region that did not answer is named; a secondary that does not exist yet is none', () => {
  const primary = {
    role: 'primary',
    region: 'p',
    isLocated: false,
    isAbsent: false,
    health: { type: 'unknown' },
  } as const;
  const secondary = {
    role: 'secondary',
    region: 's',
    isLocated: false,
    isAbsent: true,
    health: { type: 'unknown' },
  } as const;
  expect(unreached([primary, secondary])).toEqual(['p has not answered yet']);
  const answering = { ...primary, health: { type: 'answering', at: 1 } } as const;
  const failing = { type: 'failing', attempts: 5, since: 0, latest: '503' } as const;
  expect(unreached([answering, { ...secondary, isLocated: true, health: failing }])).toEqual([
    's does not answer: 503',
  ]);
});

test('I15: idle time begins again with each message, and a partition that a dead member holds is waited for', async () => {
  const notes: Note[] = [];
  const held = [{ region: 'p', partition: '0', instance: 'dead', until: '12:00', committedOffset: 0 }];
  const { clock, idle, ends } = begun({
    note: (note) => notes.push(note),
    readings: () => [
      { role: 'primary', region: 'p', isLocated: true, health: { type: 'answering', at: 1 } } as Reading,
    ],
    heldByOthers: async () => held,
  });
  await clock.pass(900);
  idle.messageCame();
  idle.messageHandled();
  await clock.pass(900);
  expect(notes).toEqual([]);
  await clock.pass(5_000);
  expect(notes).toHaveLength(1);
  expect(ends).toEqual([]);
  held.pop();
  await clock.pass(900);
  expect(ends).toEqual([]);
  await clock.pass(500);
  expect(ends).toEqual([[]]);
});

test.each([400, 900])(
  'I15: a partition that a dead member held is read, whose time-out passed after %i ms of idle time',
  async (freeAtMs) => {
    const dead = { region: 'p', partition: '0', instance: 'dead', until: '12:00', committedOffset: 0 };
    const { clock, ends } = begun({
      // Each 300 ms a partition is read.
      pollMs: 300,
      heldByOthers: async () => (clock.now() - startedAt < freeAtMs ? [dead] : []),
    });
    const startedAt = clock.now();
    await clock.pass(freeAtMs + 300);
    expect(ends).toEqual([]);
    await clock.pass(1_000);
    expect(ends).toEqual([[]]);
  },
);

test('I15: a region that does not answer is waited for, and named at the end', async () => {
  const health = { type: 'retrying', attempts: 2, since: 0, latest: '503' } as const;
  const { clock, idle, ends } = begun({
    readings: () => [{ role: 'primary', region: 'p', isLocated: true, health } as Reading],
  });
  await clock.pass(4_500);
  expect(ends).toEqual([]);
  await clock.pass(1_000);
  expect(ends).toEqual([['p does not answer: 503']]);
  idle.stop();
});

test('I15: a message in hand, however long it takes, is no idle time', async () => {
  const { clock, idle, ends } = begun({});
  idle.messageCame();
  await clock.pass(60_000);
  expect(ends).toEqual([]);
  idle.messageHandled();
  await clock.pass(900);
  expect(ends).toEqual([]);
  await clock.pass(400);
  expect(ends).toEqual([[]]);
});

test('I15, INV-3: copies that are removed are no idle time: behind them may be messages that are none', async () => {
  let copies = 0;
  const { clock, ends } = begun({ copies: () => copies });
  for (let reads = 0; reads < 5; reads++) {
    await clock.pass(900);
    copies += 100;
  }
  await clock.pass(900);
  expect(ends).toEqual([]);
  await clock.pass(1_200);
  expect(ends).toEqual([[]]);
});

test('I1: what is stopped during a check keeps no timer, and ends nothing', async () => {
  const { clock, idle, ends } = begun({
    heldByOthers: async () => {
      idle.stop();
      return [];
    },
  });
  await clock.pass(1_000);
  expect(ends).toEqual([]);
  expect(clock.timers).toBe(0);
});

/** `ends`: what `onIdle` was told. */
function begun(parts: Partial<ConstructorParameters<typeof IdleEnd>[0]>) {
  const clock = new VirtualClock();
  const ends: (readonly string[])[] = [];
  const idle = new IdleEnd({
    clock,
    note: () => {},
    untilIdleMs: 1_000,
    patienceMs: 5_000,
    pollMs: 100,
    readings: () => [],
    copies: () => 0,
    heldByOthers: async () => [],
    onIdle: (unreached) => ends.push(unreached),
    ...parts,
  });
  return { clock, idle, ends };
}
