import { describe, expect, test, vi } from 'vitest';

import { FAILED, MINUTE, primaryFails, scheduleOf, SECOND, seen } from './hand-made.ts';
import type { Role } from '../../runtime/core/index.ts';
import type { Fault, Schedule } from './schedule.ts';

vi.mock('../../runtime/oci/index.ts', () => import('./oci-stand-in.ts'));

const ALWAYS = { outbox: 'always', acknowledge: 'disk' } as const;
const OUTAGE = { outbox: 'outage' } as const;

function bothDown(at: number, forMs: number): Fault[] {
  return (['primary', 'secondary'] as const).map((region) =>
    primaryFails(FAILED(503), at, forMs, { region }),
  );
}

/** What became of the messages, and what each region holds of them. */
async function outcomesOf(schedule: Schedule) {
  const { world, told } = await seen(schedule);
  const types = (type: string): number =>
    world.history.sent.filter(({ outcome }) => outcome?.type === type).length;
  const held = (role: Role): number =>
    [...world.region(role).state.streams.values()].reduce(
      (sum, { partitions }) => sum + partitions.reduce((count, log) => count + log.count, 0),
      0,
    );
  const stored = new Set(
    (['primary', 'secondary'] as const).flatMap((role) =>
      [...world.region(role).state.streams.values()].flatMap(({ partitions }) =>
        partitions.flatMap((log) => log.read(0, Infinity).map(({ value }) => value)),
      ),
    ),
  ).size;
  return { world, told, types, held, stored, sent: world.history.sent.length };
}

test(
  'F1: both regions down for a day: messages wait on disk, memory stays flat, and all are stored afterwards, in order',
  { timeout: 180_000 },
  async () => {
    const producers = [{ machine: 0, everyMs: 30_000, keys: 8, bytes: 20 }];
    const settings = { ...OUTAGE, maxBufferBytes: 65_536 };
    const faults = bothDown(MINUTE, 24 * 60 * MINUTE);
    const schedule = scheduleOf({
      producers,
      faults,
      settings,
      consumers: [],
      durationMs: 24 * 60 * MINUTE + 10 * MINUTE,
    });
    const { stored, sent, types } = await outcomesOf(schedule);
    // Far more than memory has room for.
    expect(sent).toBeGreaterThan(2_500);
    expect(types('rejected')).toBe(0);
    expect(types('spooled')).toBeGreaterThan(2_500);
    expect(stored).toBe(sent);
  },
);

test('F1, I13: a program that awaits each message goes on through an outage, in whichever turn it goes on', async () => {
  for (const settings of [OUTAGE, ALWAYS, { ...ALWAYS, acknowledge: 'region' }]) {
    const producers = Array.from({ length: 12 }, (_, turns) => ({
      machine: turns,
      everyMs: SECOND,
      keys: 1,
      bytes: 20,
      againAfterTurns: turns,
    }));
    const faults = bothDown(30 * SECOND, 2 * MINUTE);
    const schedule = scheduleOf({ producers, faults, settings, consumers: [], durationMs: 3 * MINUTE });
    const { world, types, stored, sent } = await outcomesOf(schedule);
    expect(types('rejected')).toBe(0);
    expect(stored).toBe(sent);
    producers.forEach((_, process) => {
      const own = world.history.sent.filter((each) => each.process === process);
      expect(own.length).toBeGreaterThan(200);
    });
  }
});

test('F2: a full outbox lets senders wait, and keeps what is in it', async () => {
  const producers = [{ machine: 0, everyMs: 20, keys: 8, bytes: 2_000 }];
  const settings = { ...ALWAYS, maxOutboxBytes: 1_048_576, maxBufferBytes: 262_144, maxBlockMs: 5_000 };
  const faults = bothDown(10 * SECOND, 2 * MINUTE);
  const schedule = scheduleOf({ producers, faults, settings, consumers: [], durationMs: 3 * MINUTE });
  const { world, types, stored } = await outcomesOf(schedule);
  const codes = new Set(
    world.history.sent.flatMap(({ outcome }) => (outcome?.type === 'rejected' ? [outcome.code] : [])),
  );
  expect(codes.size).toBeGreaterThan(0);
  for (const code of codes) expect(['OUTBOX_FULL', 'BUFFER_FULL']).toContain(code);
  expect(types('spooled')).toBeGreaterThan(400);
  expect(stored).toBeGreaterThanOrEqual(types('spooled'));
});

test('F3: with a full disk nothing that was acknowledged is lost, and writing goes on when there is room', async () => {
  const faults: Fault[] = [
    ...bothDown(30 * SECOND, 3 * MINUTE),
    { type: 'disk', machine: 0, code: 'ENOSPC', at: MINUTE, forMs: MINUTE },
  ];
  const schedule = scheduleOf({ faults, settings: ALWAYS, consumers: [] });
  const { types, sent, stored } = await outcomesOf(schedule);
  expect(types('spooled') + types('rejected')).toBe(sent);
  expect(stored).toBeGreaterThanOrEqual(types('spooled'));
});

describe('F4: a process that ends in any write of its outbox loses nothing that was acknowledged', () => {
  const producers = [{ machine: 0, everyMs: 2_000, keys: 2, bytes: 20 }];
  const common = { producers, settings: ALWAYS, consumers: [], durationMs: 40 * SECOND };
  const outage = bothDown(5 * SECOND, 15 * SECOND);

  test.each(['before', 'after'] as const)(
    'F4: %s the write takes effect',
    { timeout: 180_000 },
    async (when) => {
      const whole = await outcomesOf(scheduleOf({ ...common, faults: outage }));
      const writes = whole.world.outboxWrites[0] ?? 0;
      // Appends and removals, in the outage, at its end and without it.
      expect(writes).toBeGreaterThan(20);
      for (let write = 1; write <= writes; write++) {
        const crash: Fault = { type: 'crash-at-write', process: 0, write, when, at: 0, forMs: 500 };
        const { types, stored } = await outcomesOf(scheduleOf({ ...common, faults: [crash, ...outage] }));
        expect(types('dead'), `write ${write}`).toBeLessThanOrEqual(2);
        expect(stored).toBeGreaterThanOrEqual(types('spooled'));
      }
    },
  );
});

test('F5: what waits goes before what comes: each key keeps its order while the outbox drains', async () => {
  const producers = [{ machine: 0, everyMs: 50, keys: 4, bytes: 100 }];
  for (const settings of [ALWAYS, OUTAGE]) {
    const schedule = scheduleOf({
      producers,
      settings,
      faults: bothDown(10 * SECOND, 90 * SECOND),
      durationMs: 4 * MINUTE,
    });
    const { world, told, stored, sent } = await outcomesOf(schedule);
    expect(stored).toBe(sent);
    expect(told('reordered')).toBe(0);
    expect(world.unhandled()).toEqual([]);
  }
});

test('F6, F9: a region that comes back for seconds takes what it can, and whichever answers first takes the rest', async () => {
  const faults: Fault[] = [
    primaryFails(FAILED(503), 30 * SECOND, 60 * SECOND),
    primaryFails(FAILED(503), 93 * SECOND, 4 * MINUTE),
    primaryFails(FAILED(503), 30 * SECOND, 3 * MINUTE, { region: 'secondary' }),
  ];
  const { held, stored, sent } = await outcomesOf(
    scheduleOf({ faults, settings: OUTAGE, durationMs: 8 * MINUTE }),
  );
  expect(stored).toBe(sent);
  // 30 seconds of before, and what fits into the 3 s in which it is back.
  expect(held('primary')).toBeGreaterThan(60);
  expect(held('secondary')).toBeGreaterThan(60);
});
