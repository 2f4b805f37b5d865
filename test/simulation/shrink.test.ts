import fc from 'fast-check';
import { expect, test } from 'vitest';

import { fillSchedule } from './fill-schedule.ts';
import { FAILED, MINUTE, primaryFails, scheduleOf } from './hand-made.ts';
import type { Fault, Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';

const OUTAGE = primaryFails(FAILED(503), MINUTE, 20_000);
const KILL: Fault = { type: 'kill', process: 0, at: 90_000, forMs: 1_000 };

test('leaves the two faults that only together fail, one producer, and no consumer', async () => {
  const others = Array.from({ length: 40 }, (_, index) => primaryFails(FAILED(500), index * 5_000, 1_000));
  const schedule = scheduleOf({
    faults: [...others.slice(0, 20), OUTAGE, ...others.slice(20), KILL],
    producers: [1, 2, 3].map((machine) => ({ machine, everyMs: 1_000, keys: 8, bytes: 20 })),
    consumers: [{ machine: 0, handlerMs: 0 }],
    settings: { lanes: 2, strictOrder: 'yes' },
    durationMs: 60 * MINUTE,
  });
  const fails = async ({ faults }: Schedule): Promise<boolean> =>
    faults.some(({ type }) => type === 'kill') &&
    faults.some((fault) => fault.type === 'calls' && fault.how.type === 'status' && fault.how.status === 503);
  const left = await shrink(schedule, fails);
  expect(left.faults.map(({ type, at }) => [type, at])).toEqual([
    ['calls', MINUTE],
    ['kill', 90_000],
  ]);
  expect(left.producers).toHaveLength(1);
  expect(left.consumers).toEqual([]);
  expect(left.settings).toEqual({});
  expect(left.durationMs).toBeLessThan(5 * MINUTE);
});

test('what is left fails, whatever schedule it began with, after at most 250 runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 0, max: 10 }),
      async (seed, least) => {
        const schedule = fillSchedule(seed);
        let runs = 0;
        const fails = async ({ faults }: Schedule): Promise<boolean> => {
          runs++;
          return faults.length >= Math.min(least, schedule.faults.length);
        };
        const left = await shrink(schedule, fails);
        expect(left.faults).toHaveLength(Math.min(least, schedule.faults.length));
        expect(runs).toBeLessThanOrEqual(250);
      },
    ),
    { numRuns: 50 },
  );
});
