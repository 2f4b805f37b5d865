import { expect } from 'vitest';

import { check } from './check/check.ts';
import type { Fault, How, Schedule } from './schedule.ts';
import type { Sent } from './world/sent.ts';
import { World } from './world/world.ts';

/** Schedules that are made by hand, for scenarios. */

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const FAILED = (status: number): How => ({ type: 'status', status });

/** One producer, one consumer, a ready secondary and one message a second for five minutes. */
export function scheduleOf(given: Partial<Schedule> & { readonly faults: readonly Fault[] }): Schedule {
  return {
    seed: 1,
    durationMs: 5 * MINUTE,
    partitions: { primary: 3, secondary: 3 },
    secondaryReady: true,
    createDelayMs: 2_000,
    strictLimits: true,
    settings: {},
    producers: [{ machine: 0, everyMs: SECOND, keys: 8, bytes: 20 }],
    consumers: [{ machine: 0, handlerMs: 0 }],
    ...given,
  };
}

export function primaryFails(
  how: How,
  at: number,
  forMs: number,
  more: Partial<Extract<Fault, { type: 'calls' }>> = {},
): Fault {
  return {
    type: 'calls',
    region: 'primary',
    plane: 'data',
    calls: 'all',
    share: 1,
    how,
    at,
    forMs,
    ...more,
  };
}

/** Runs it; nothing that the checker knows is violated. */
export async function seen(
  schedule: Schedule,
): Promise<{ readonly world: World; readonly told: (type: string) => number }> {
  const world = new World(schedule);
  await world.run();
  expect(check(world)).toEqual([]);
  const before = world.history.violations.length;
  await world.close();
  expect(world.history.violations.slice(before)).toEqual([]);
  const told = (type: string): number =>
    world.history.events.filter(({ event }) => event.type === type).length;
  return { world, told };
}

export function slowest(sent: readonly Sent[]): number {
  return Math.max(...sent.map(({ at, settledAt = Infinity }) => settledAt - at));
}

export function storedIn(world: World, region: string): number {
  return world.history.sent.filter(
    ({ outcome }) => outcome?.type === 'stored' && outcome.receipt.region === region,
  ).length;
}
