import { seededRandom } from '../../emulator/chance.ts';
import { hashOf } from '../../emulator/hash.ts';
import type { Role } from '../../runtime/core/index.ts';
import {
  machineOf,
  type ConsumerPlan,
  type Fault,
  type How,
  type ProducerPlan,
  type Schedule,
} from './schedule.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** How much is sent: the mix that docs/verified.md names. */
const TRAFFIC = [
  { name: 'rare', of: 0.1, everyMs: [120_000, 900_000], minutes: [40, 100] },
  { name: 'thin', of: 0.5, everyMs: [5_000, 40_000], minutes: [15, 70] },
  { name: 'usual', of: 0.25, everyMs: [400, 2_000], minutes: [5, 12] },
  { name: 'thick', of: 0.15, everyMs: [15, 90], minutes: [1, 2.5] },
] as const;

export type Traffic = (typeof TRAFFIC)[number]['name'];

class Chance {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(hashOf(`schedule ${seed}`));
  }

  is(share: number): boolean {
    return this.random() < share;
  }

  between([low, high]: readonly [number, number]): number {
    return low + this.random() * (high - low);
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between([low, high + 1]));
  }

  one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
}

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
  const producers = Array.from({ length: producerCount }, (_, index): ProducerPlan => ({
    machine: shared ? 0 : index,
    everyMs: Math.round(chance.between(traffic.everyMs) * producerCount),
    keys: chance.one([1, 2, 8, 64]),
    bytes: chance.one([12, 100, 2_000]),
    ...(chance.is(0.1) ? { abortAfterMs: chance.one([500, 5_000, 30_000]) } : {}),
    ...(chance.is(0.1) ? { poisonEvery: chance.one([3, 20]) } : {}),
  }));
  const consumers = Array.from({ length: consumerCount }, (): ConsumerPlan => ({
    machine: chance.one([0, 0, 7]),
    handlerMs: traffic.name === 'thick' ? 0 : chance.one([0, 5, 200]),
  }));
  const settings = {
    failbackAfterMs: chance.one([10_000, 60_000]),
    failbackMinIntervalMs: chance.one([0, 300_000, 3_600_000]),
    ...(chance.is(0.3) ? { maxBufferBytes: chance.one([65_536, 1_048_576]), maxBlockMs: 10_000 } : {}),
    ...(chance.is(0.1) ? { failback: false } : {}),
    ...(chance.is(0.15) ? { strictOrder: chance.one(['yes', 'no']) } : {}),
    ...(chance.is(0.1) ? { lanes: chance.one([1, 3, 32]) } : {}),
    ...(chance.is(0.1) ? { failoverOnThrottle: false } : {}),
    ...(consumerCount > 0 && traffic.name === 'thin' && chance.is(0.4)
      ? { readLimit: chance.one([1, 3, 50]) }
      : {}),
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
  return { ...schedule, faults: faultsOf(schedule, chance) };
}

/** The kinds of trouble, each with its weight. A kind may be several faults. */
const KINDS: readonly (readonly [weight: number, make: (world: Schedule, chance: Chance) => Fault[]])[] = [
  [5, outage],
  [3, errors],
  [2, (world, chance) => [calls(world, chance, { region: 'secondary', forMs: [SECOND, 3 * MINUTE] })]],
  [2, bothDown],
  [2, controlPlane],
  [2, entries],
  [2, passingRefusal],
  [2, flaps],
  [2, life],
  [2, pause],
  [1, refusedStandby],
  [0.8, refusedReturn],
  [1.5, hiccups],
  [1, offline],
  [1, disk],
  [1, (world, chance) => [wallClock(world, chance)]],
  [1, handler],
  [1, burst],
  [1, readsFail],
  [0.6, record],
  [0.5, (world, chance) => [{ type: 'delete-secondary', at: moment(world, chance) }]],
  [0.6, creating],
];

function faultsOf(world: Schedule, chance: Chance): Fault[] {
  const faults: Fault[] = [];
  const kinds = chance.whole(0, 4);
  for (let kind = 0; kind < kinds; kind++) {
    let left = chance.random() * KINDS.reduce((sum, [weight]) => sum + weight, 0);
    const [, make] = KINDS.find(([weight]) => (left -= weight) < 0) ?? KINDS[0]!;
    faults.push(...make(world, chance));
  }
  return faults.map((fault) => within(fault, world.durationMs * 0.9)).toSorted((a, b) => a.at - b.at);
}

/** The end of a schedule is without faults. */
function within(fault: Fault, untilMs: number): Fault {
  const at = Math.round(Math.min(fault.at, untilMs));
  if (!('forMs' in fault)) return { ...fault, at };
  return { ...fault, at, forMs: Math.max(1, Math.round(Math.min(fault.forMs, untilMs - at))) };
}

function moment({ durationMs }: Schedule, chance: Chance): number {
  return chance.between([0, durationMs * 0.8]);
}

function anyProcess({ producers, consumers }: Schedule, chance: Chance): number {
  return chance.whole(0, producers.length + consumers.length - 1);
}

/** What a whole outage looks like from outside. */
const OUTAGES: readonly How[] = [
  { type: 'status', status: 503 },
  { type: 'status', status: 500 },
  { type: 'status', status: 504, afterMs: 1_900 },
  { type: 'status', status: 502, stored: true },
  { type: 'status', status: 429 },
  { type: 'status', status: 429, retryAfter: '1' },
  { type: 'status', status: 429, retryAfter: '1000000000' },
  { type: 'status', status: 503, retryAfter: 'soon' },
  { type: 'refused' },
  { type: 'dns' },
  { type: 'tls' },
  { type: 'hang', stored: false },
  { type: 'hang', stored: true },
  { type: 'reset', stored: false },
  { type: 'reset', stored: true },
];

const ODDITIES: readonly How[] = [
  ...OUTAGES,
  { type: 'unreadable' },
  { type: 'short' },
  { type: 'status', status: 408 },
  { type: 'slow', ms: 1_500 },
];

function calls(
  world: Schedule,
  chance: Chance,
  { region, forMs }: { region: Role; forMs: readonly [number, number] },
): Extract<Fault, { type: 'calls' }> {
  return {
    type: 'calls',
    at: moment(world, chance),
    forMs: chance.between(forMs),
    region,
    plane: 'data',
    calls: chance.one(['all', 'all', 'writes']),
    share: 1,
    how: chance.one(OUTAGES),
  };
}

function outage(world: Schedule, chance: Chance): Fault[] {
  const fault = calls(world, chance, {
    region: 'primary',
    forMs: chance.is(0.3) ? [300, 3_000] : [10_000, 5 * MINUTE],
  });
  // Usually the control plane goes with it.
  return chance.is(0.6) ? [fault, { ...fault, plane: 'control', calls: 'all' }] : [fault];
}

function errors(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'primary', 'secondary'] as const);
  const fault = calls(world, chance, { region, forMs: [MINUTE, 30 * MINUTE] });
  return [{ ...fault, share: chance.one([0.05, 0.1, 0.2, 0.3]), how: chance.one(ODDITIES) }];
}

function bothDown(world: Schedule, chance: Chance): Fault[] {
  const one = calls(world, chance, { region: 'primary', forMs: [10_000, 4 * MINUTE] });
  const other = calls(world, chance, { region: 'secondary', forMs: [10_000, 4 * MINUTE] });
  return [one, { ...other, at: one.at + chance.between([-20_000, 20_000]) }].map((fault) => ({
    ...fault,
    at: Math.max(0, fault.at),
  }));
}

function controlPlane(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'secondary'] as const);
  const fault = calls(world, chance, { region, forMs: [SECOND, 5 * MINUTE] });
  const how: How = chance.one([...OUTAGES, { type: 'status', status: 401 }, { type: 'status', status: 404 }]);
  return [{ ...fault, plane: 'control', calls: 'all', share: chance.one([0.5, 1]), how }];
}

function entries(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'primary', 'secondary'] as const);
  const partition = chance.is(0.6) ? chance.whole(0, world.partitions[region] - 1) : undefined;
  return [
    {
      type: 'entries',
      at: moment(world, chance),
      forMs: chance.between([SECOND, 2 * MINUTE]),
      region,
      status: chance.one([429, 500]),
      share: chance.one([0.2, 0.5, 1]),
      ...(partition === undefined ? {} : { partition }),
    },
  ];
}

/** 401, 403 and 404 pass at times; none of them may ever fail over. */
function passingRefusal(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'secondary'] as const);
  const how: How = { type: 'status', status: chance.one([401, 403, 404, 404, 400, 409]) };
  return [{ ...calls(world, chance, { region, forMs: [200, 20_000] }), how, calls: 'all' }];
}

function flaps(world: Schedule, chance: Chance): Fault[] {
  const first = calls(world, chance, { region: 'primary', forMs: [SECOND, 15_000] });
  const every = first.forMs + chance.between([SECOND, 30_000]);
  return Array.from({ length: chance.whole(2, 12) }, (_, index) => ({
    ...first,
    at: first.at + index * every,
  }));
}

function life(world: Schedule, chance: Chance): Fault[] {
  const process = anyProcess(world, chance);
  const type = chance.one(['kill', 'stop'] as const);
  const at = moment(world, chance);
  const forMs = chance.between([100, 60_000]);
  return Array.from({ length: chance.whole(1, 3) }, (_, index) => ({
    type,
    process,
    at: at + index * (forMs + chance.between([SECOND, 2 * MINUTE])),
    forMs,
  }));
}

/** A process that is stopped, or a machine that sleeps; often while calls are under way. */
function pause(world: Schedule, chance: Chance): Fault[] {
  const forMs = chance.one([500, 30_000, 60 * MINUTE]);
  const process = anyProcess(world, chance);
  const at = moment(world, chance);
  const fault: Fault = { type: 'pause', process, at, forMs };
  if (process >= world.producers.length || chance.is(0.4)) return [fault];
  return [{ type: 'burst', process, messages: chance.one([1, 20]), at: Math.max(0, at - 5) }, fault];
}

/** The primary is down, and the standby refuses at first. */
function refusedStandby(world: Schedule, chance: Chance): Fault[] {
  const down = { ...calls(world, chance, { region: 'primary', forMs: [3 * MINUTE, 6 * MINUTE] }) };
  const how: How = { type: 'status', status: chance.one([401, 403, 404]) };
  const refused: Fault = {
    ...down,
    region: 'secondary',
    calls: 'all',
    how,
    forMs: chance.between([SECOND, 20_000]),
  };
  return [down, refused, ...(chance.is(0.5) ? [{ ...refused, plane: 'control' } as Fault] : [])];
}

/** The primary is back, and refuses every entry for a while. */
function refusedReturn(world: Schedule, chance: Chance): Fault[] {
  const down = { ...calls(world, chance, { region: 'primary', forMs: [30_000, MINUTE] }) };
  const at = down.at + down.forMs - 1_000;
  const status = chance.one([429, 500]);
  return [
    down,
    {
      type: 'entries',
      region: 'primary',
      status,
      share: 1,
      at,
      forMs: chance.between([2 * MINUTE, 6 * MINUTE]),
    },
  ];
}

/** Whole outages that are too short to be judged, each while something is sent. */
function hiccups(world: Schedule, chance: Chance): Fault[] {
  const first = calls(world, chance, { region: 'primary', forMs: [600, 1_700] });
  const how: How = { type: 'status', status: chance.one([500, 503]) };
  const every = chance.between([70_000, 6 * MINUTE]);
  return Array.from({ length: chance.whole(2, 8) }, (_, index): Fault[] => {
    const at = first.at + index * every;
    return [
      { ...first, at, how },
      { type: 'burst', process: 0, messages: 1, at: at + 20 },
    ];
  }).flat();
}

/** One process reaches neither region, or only one of them. */
function offline(world: Schedule, chance: Chance): Fault[] {
  const process = anyProcess(world, chance);
  const how: How = { type: chance.one(['network', 'dns', 'refused'] as const) };
  const one = { ...calls(world, chance, { region: 'primary', forMs: [2_000, 2 * MINUTE] }), process, how };
  const whole: Fault[] = (['primary', 'secondary'] as const).flatMap((region) =>
    (['data', 'control'] as const).map((plane): Fault => ({ ...one, region, plane, calls: 'all' })),
  );
  return chance.is(0.6) ? whole : whole.slice(0, 2);
}

function disk(world: Schedule, chance: Chance): Fault[] {
  const machine = machineOf(world, anyProcess(world, chance));
  const code = chance.one(['ENOSPC', 'EROFS', 'hang'] as const);
  return [
    { type: 'disk', machine, code, at: moment(world, chance), forMs: chance.between([SECOND, 5 * MINUTE]) },
  ];
}

function wallClock(world: Schedule, chance: Chance): Fault {
  const byMs = chance.one([-86_400_000, 86_400_000, -600_000]);
  return { type: 'wall-clock', process: anyProcess(world, chance), byMs, at: moment(world, chance) };
}

function handler(world: Schedule, chance: Chance): Fault[] {
  const { producers, consumers } = world;
  if (consumers.length === 0) return [];
  const process = producers.length + chance.whole(0, consumers.length - 1);
  const how = chance.one(['throws', 'slow'] as const);
  return [
    { type: 'handler', process, how, at: moment(world, chance), forMs: chance.between([SECOND, MINUTE]) },
  ];
}

function burst(world: Schedule, chance: Chance): Fault[] {
  const process = chance.whole(0, world.producers.length - 1);
  return [
    {
      type: 'burst',
      process,
      messages: chance.one(isSlow(world) ? [20, 60] : [20, 300, 1_500]),
      at: moment(world, chance),
    },
  ];
}

/** A consumer that would need minutes for a large burst. */
function isSlow({ consumers, settings }: Schedule): boolean {
  return 'readLimit' in settings || consumers.some(({ handlerMs }) => handlerMs > 50);
}

function readsFail(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'secondary'] as const);
  const fault = calls(world, chance, { region, forMs: [SECOND, 3 * MINUTE] });
  return [{ ...fault, calls: 'reads', share: chance.one([0.3, 1]), how: chance.one(ODDITIES) }];
}

function record(world: Schedule, chance: Chance): Fault[] {
  const machine = world.producers[0]?.machine ?? 0;
  const at = moment(world, chance);
  const active = chance.one(['primary', 'secondary'] as const);
  return [{ type: 'record', machine, active, at }];
}

function creating(world: Schedule, chance: Chance): Fault[] {
  const ends = chance.one(['stuck', 'failed'] as const);
  const at = moment(world, chance);
  const forMs = chance.between([10_000, 5 * MINUTE]);
  const fault = calls(world, chance, { region: 'primary', forMs: [20_000, 5 * MINUTE] });
  return [
    { type: 'creating', ends, at, forMs },
    { ...fault, at: at + 500 },
  ];
}
