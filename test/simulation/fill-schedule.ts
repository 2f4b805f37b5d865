import { Chance } from './chance.ts';
import { faultsOf, inTime } from './fill-faults.ts';
import { loneStory } from './lone-stories.ts';
import type { ConsumerPlan, ProducerPlan, Schedule } from './schedule.ts';

const MINUTE = 60_000;

/** How much is sent: the mix that docs/verified.md names. */
const TRAFFIC = [
  { name: 'rare', of: 0.1, everyMs: [120_000, 900_000], minutes: [40, 100] },
  { name: 'thin', of: 0.5, everyMs: [5_000, 40_000], minutes: [15, 70] },
  { name: 'usual', of: 0.25, everyMs: [400, 2_000], minutes: [5, 12] },
  { name: 'thick', of: 0.15, everyMs: [15, 90], minutes: [1, 2.5] },
] as const;

export type Traffic = (typeof TRAFFIC)[number]['name'];

export function trafficOf(seed: number): Traffic {
  let share = new Chance(seed).random();
  for (const { name, of } of TRAFFIC) {
    if (share < of) return name;
    share -= of;
  }
  return 'thin';
}

/** The schedule of a seed. The same seed gives the same schedule. */
export function fillSchedule(seed: number): Schedule {
  const chance = new Chance(seed);
  chance.random();
  const traffic = TRAFFIC.find(({ name }) => name === trafficOf(seed))!;
  const minutes = chance.between(traffic.minutes);
  const producerCount = chance.is(0.75) ? 1 : chance.whole(2, 3);
  const consumerCount = chance.is(0.35) ? 0 : chance.is(0.85) ? 1 : chance.whole(2, 3);
  const shared = chance.is(0.7);
  // Consumers that share partitions read often, also when there is nothing: an hour of them costs as much as ten of one.
  const durationMs = Math.round((consumerCount > 1 ? Math.min(minutes, 12) : minutes) * MINUTE);
  // Draws of its own: what else a seed decides stays as it was.
  const turns = new Chance(seed, 'turns');
  const producers = Array.from({ length: producerCount }, (_, index): ProducerPlan => ({
    machine: shared ? 0 : index,
    everyMs: Math.round(chance.between(traffic.everyMs) * producerCount),
    keys: chance.one([0, 1, 2, 8, 64]),
    bytes: chance.one([12, 100, 2_000]),
    ...(chance.is(0.15) ? { abortAfterMs: chance.one([500, 5_000, 30_000]) } : {}),
    ...(chance.is(0.1) ? { poisonEvery: chance.one([3, 20]) } : {}),
    ...(turns.is(0.25) ? { againAfterTurns: turns.whole(0, 12) } : {}),
  }));
  const consumers = Array.from({ length: consumerCount }, (): ConsumerPlan => ({
    machine: chance.one([0, 0, 7]),
    handlerMs: traffic.name === 'thick' ? 0 : chance.one([0, 5, 200]),
    ...(turns.is(0.4) ? { handlerTurns: turns.whole(1, 12) } : {}),
  }));
  const settings = {
    failbackAfterMs: chance.one([10_000, 60_000]),
    failbackMinIntervalMs: chance.one([0, 300_000, 3_600_000]),
    ...(chance.is(0.3) ? { maxBufferBytes: chance.one([65_536, 1_048_576]), maxBlockMs: 10_000 } : {}),
    ...(chance.is(0.25) ? { envelope: true } : {}),
    ...(chance.is(0.1) ? { failback: false } : {}),
    ...(chance.is(0.15) ? { strictOrder: chance.one(['yes', 'no']) } : {}),
    ...(chance.is(0.1) ? { lanes: chance.one([1, 3, 32]) } : {}),
    ...(chance.is(0.1) ? { failoverOnThrottle: false } : {}),
    ...(consumerCount > 0 && traffic.name === 'thin' && chance.is(0.4)
      ? { readLimit: chance.one([1, 3, 50]) }
      : {}),
    ...outboxSettings(chance),
    idlePollMs: chance.one(minutes > 15 ? [5_000, 10_000, 20_000] : [1_000, 5_000]),
    ...(chance.is(0.35) ? { groupTimeoutMs: chance.one([5_000, 15_000]) } : {}),
  };
  const schedule: Schedule = {
    seed,
    durationMs,
    partitions: { primary: chance.whole(1, 4), secondary: chance.whole(1, 4) },
    secondaryReady: chance.is(0.65),
    createDelayMs: chance.one([0, 2_000, 20_000, 60_000]),
    strictLimits: chance.is(0.7),
    settings,
    producers,
    consumers,
    faults: [],
  };
  const story = loneStory(schedule);
  return {
    ...schedule,
    faults: story === undefined ? faultsOf(schedule, chance) : inTime(story, durationMs),
  };
}

function outboxSettings(chance: Chance): Schedule['settings'] {
  if (!chance.is(0.2)) return {};
  const settings = chance.one<Schedule['settings']>([
    { outbox: 'outage' },
    { outbox: 'outage' },
    { outbox: 'always', acknowledge: 'disk' },
    { outbox: 'always', acknowledge: 'region' },
  ]);
  return chance.is(0.3) ? { ...settings, maxOutboxBytes: 1_048_576 } : settings;
}
