import type { Role } from '../../runtime/core/index.ts';
import type { Chance } from './chance.ts';
import { endOf, machineOf, type Fault, type How, type Schedule } from './schedule.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

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
  [1, record],
  [1, tail],
  [1, (world, chance) => [{ type: 'delete-secondary', at: moment(world, chance) }]],
  [0.6, creating],
  [1.5, machine],
  [0.5, resetGroups],
  [0.5, retention],
];

/** What happens in a world: up to four kinds of trouble, each at its moment. */
export function faultsOf(world: Schedule, chance: Chance): Fault[] {
  const faults: Fault[] = [];
  const kinds = chance.whole(0, 4);
  for (let kind = 0; kind < kinds; kind++) {
    let left = chance.random() * KINDS.reduce((sum, [weight]) => sum + weight, 0);
    const [, make] = KINDS.find(([weight]) => (left -= weight) < 0) ?? KINDS[0]!;
    const more = make(world, chance);
    faults.push(...(chance.is(COINCIDES) ? coinciding(more, faults, chance) : more));
  }
  const untilMs = world.durationMs * 0.9;
  const inTime = faults.filter(({ at }) => at < untilMs);
  return inTime.map((fault) => within(fault, untilMs)).toSorted((a, b) => a.at - b.at);
}

/** Troubles seldom come alone: so often one begins while an earlier one lasts. */
const COINCIDES = 0.5;

function coinciding(more: readonly Fault[], faults: readonly Fault[], chance: Chance): Fault[] {
  const lasting = faults.filter((fault) => 'forMs' in fault);
  if (lasting.length === 0) return [...more];
  const during = chance.one(lasting);
  const at = during.at + chance.random() * (endOf(during) - during.at);
  const shift = at - Math.min(...more.map((fault) => fault.at));
  return more.map((fault) => ({ ...fault, at: fault.at + shift }));
}

/** The end of a schedule is without faults. */
function within(fault: Fault, untilMs: number): Fault {
  const at = Math.round(fault.at);
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
  const how: How = chance.one([
    ...OUTAGES,
    { type: 'status', status: 401 },
    { type: 'status', status: 404 },
    { type: 'slow', ms: 1_500 },
  ]);
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

/** A process ends and starts again, often while messages are under way. */
function life(world: Schedule, chance: Chance): Fault[] {
  const process = anyProcess(world, chance);
  const type = chance.one(['kill', 'stop'] as const);
  const at = moment(world, chance);
  const forMs = chance.between([100, 60_000]);
  const ends = Array.from({ length: chance.whole(1, 3) }, (_, index): Fault => {
    const after = index * (forMs + chance.between([SECOND, 2 * MINUTE]));
    return { type, process, at: at + after, forMs };
  });
  if (chance.is(0.5)) return ends;
  const messages = chance.one(isSlow(world) ? [20] : [20, 100]);
  const before = chance.between([20, 3_000]);
  return ends.flatMap((end): Fault[] => [
    { type: 'burst', process: 0, messages, at: Math.max(0, end.at - before) },
    end,
  ]);
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

/** One process reaches neither region, or one of them only. */
function offline(world: Schedule, chance: Chance): Fault[] {
  const process = anyProcess(world, chance);
  const how: How = { type: chance.one(['network', 'dns', 'refused'] as const) };
  const one = { ...calls(world, chance, { region: 'primary', forMs: [2_000, 2 * MINUTE] }), process, how };
  const whole: Fault[] = (['primary', 'secondary'] as const).flatMap((region) =>
    (['data', 'control'] as const).map((plane): Fault => ({ ...one, region, plane, calls: 'all' })),
  );
  return chance.one([whole, whole, whole.slice(0, 2), whole.slice(2)]);
}

/** Some calls take long, to either region. */
function tail(world: Schedule, chance: Chance): Fault[] {
  const slow = calls(world, chance, { region: 'primary', forMs: [MINUTE, 10 * MINUTE] });
  const how: How = { type: 'slow', ms: chance.one([200, 800, 1_500]) };
  const share = chance.one([0.1, 0.3]);
  return (['primary', 'secondary'] as const).map((region) => ({ ...slow, calls: 'all', region, share, how }));
}

function anyRegion(chance: Chance): Role {
  return chance.one(['primary', 'secondary'] as const);
}

/** This machine cannot make calls (no file descriptors left), or the adapter throws. */
function machine(world: Schedule, chance: Chance): Fault[] {
  const how: How = { type: chance.one(['local', 'throws', 'throws'] as const) };
  const fault = { ...calls(world, chance, { region: anyRegion(chance), forMs: [SECOND, MINUTE] }), how };
  const some: Fault = { ...fault, share: chance.one([0.3, 1]), process: anyProcess(world, chance) };
  if (chance.is(0.4)) return [{ ...some, calls: 'all', plane: 'control' }];
  return chance.is(0.5) ? [some] : [some, { ...some, calls: 'all', plane: 'control' }];
}

/** Everything comes again, so not to a consumer that would need minutes for it. */
function resetGroups(world: Schedule, chance: Chance): Fault[] {
  if (isSlow(world)) return [];
  return [{ type: 'reset-groups', region: anyRegion(chance), at: moment(world, chance) }];
}

function retention(world: Schedule, chance: Chance): Fault[] {
  const at = moment(world, chance);
  const fault: Fault = { type: 'retention', region: anyRegion(chance), share: chance.one([0.5, 1]), at };
  if (!chance.is(0.6)) return [fault];
  // While nobody could read: then there is something that was not read yet.
  const { how: _, ...calm } = calls(world, chance, { region: fault.region, forMs: [SECOND, 3 * MINUTE] });
  return [{ ...calm, calls: 'reads', how: chance.one(OUTAGES), at: Math.max(0, at - calm.forMs / 2) }, fault];
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
