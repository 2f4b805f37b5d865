import type { Role } from '../../runtime/core/index.ts';
import type { Chance } from './chance.ts';
import { machineOf, type CallFault, type Fault, type How, type Schedule } from './schedule.ts';

/** Single kinds of trouble. What comes together, and in which order, is in fault-stories.ts. */

export const SECOND = 1_000;
export const MINUTE = 60_000;

/** Faults end after this share of a world's time. */
export const FAULTS_SHARE = 0.9;

/** When a fault begins. */
export function moment({ durationMs }: Schedule, chance: Chance): number {
  return chance.between([0, durationMs * 0.8]);
}

function anyProcess({ producers, consumers }: Schedule, chance: Chance): number {
  return chance.whole(0, producers.length + consumers.length - 1);
}

/** What a whole outage looks like from outside. */
export const OUTAGES: readonly How[] = [
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

export function calls(
  world: Schedule,
  chance: Chance,
  { region, forMs }: { region: Role; forMs: readonly [number, number] },
): CallFault {
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

export function outage(world: Schedule, chance: Chance): Fault[] {
  const fault = calls(world, chance, {
    region: 'primary',
    forMs: chance.is(0.3) ? [300, 3_000] : [10_000, 5 * MINUTE],
  });
  // Usually the control plane goes with it.
  return chance.is(0.6) ? [fault, { ...fault, plane: 'control', calls: 'all' }] : [fault];
}

export function secondaryFails(world: Schedule, chance: Chance): Fault[] {
  return [calls(world, chance, { region: 'secondary', forMs: [SECOND, 3 * MINUTE] })];
}

export function errors(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'primary', 'secondary'] as const);
  const fault = calls(world, chance, { region, forMs: [MINUTE, 30 * MINUTE] });
  return [{ ...fault, share: chance.one([0.05, 0.1, 0.2, 0.3]), how: chance.one(ODDITIES) }];
}

export function bothDown(world: Schedule, chance: Chance): Fault[] {
  const one = calls(world, chance, { region: 'primary', forMs: [10_000, 4 * MINUTE] });
  const other = calls(world, chance, { region: 'secondary', forMs: [10_000, 4 * MINUTE] });
  return [one, { ...other, at: one.at + chance.between([-20_000, 20_000]) }].map((fault) => ({
    ...fault,
    at: Math.max(0, fault.at),
  }));
}

export function controlPlane(world: Schedule, chance: Chance): Fault[] {
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

export function entries(world: Schedule, chance: Chance): Fault[] {
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
export function passingRefusal(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'secondary'] as const);
  const how: How = { type: 'status', status: chance.one([401, 403, 404, 404, 400, 409]) };
  return [{ ...calls(world, chance, { region, forMs: [200, 20_000] }), how, calls: 'all' }];
}

export function flaps(world: Schedule, chance: Chance): Fault[] {
  const first = calls(world, chance, { region: 'primary', forMs: [SECOND, 15_000] });
  const every = first.forMs + chance.between([SECOND, 30_000]);
  return Array.from({ length: chance.whole(2, 12) }, (_, index) => ({
    ...first,
    at: first.at + index * every,
  }));
}

/** A process ends and starts again, often while messages are under way. */
export function life(world: Schedule, chance: Chance): Fault[] {
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

export function powerLoss(world: Schedule, chance: Chance): Fault[] {
  const machine = machineOf(world, anyProcess(world, chance));
  return [
    { type: 'power-loss', machine, at: moment(world, chance), forMs: chance.between([SECOND, MINUTE]) },
  ];
}

/** A process that is stopped, or a machine that sleeps; often while calls are under way. */
export function pause(world: Schedule, chance: Chance): Fault[] {
  const forMs = chance.one([500, 30_000, 60 * MINUTE]);
  const process = anyProcess(world, chance);
  const at = moment(world, chance);
  const fault: Fault = { type: 'pause', process, at, forMs };
  if (process >= world.producers.length || chance.is(0.4)) return [fault];
  return [{ type: 'burst', process, messages: chance.one([1, 20]), at: Math.max(0, at - 5) }, fault];
}

/** One process reaches neither region, or one of them only. */
export function offline(world: Schedule, chance: Chance): Fault[] {
  const process = anyProcess(world, chance);
  const how: How = { type: chance.one(['network', 'dns', 'refused'] as const) };
  const one = { ...calls(world, chance, { region: 'primary', forMs: [2_000, 2 * MINUTE] }), process, how };
  const whole: Fault[] = (['primary', 'secondary'] as const).flatMap((region) =>
    (['data', 'control'] as const).map((plane): Fault => ({ ...one, region, plane, calls: 'all' })),
  );
  return chance.one([whole, whole, whole.slice(0, 2), whole.slice(2)]);
}

/** Some calls take long, to either region. */
export function tail(world: Schedule, chance: Chance): Fault[] {
  const slow = calls(world, chance, { region: 'primary', forMs: [MINUTE, 10 * MINUTE] });
  const how: How = { type: 'slow', ms: chance.one([200, 800, 1_500]) };
  const share = chance.one([0.1, 0.3]);
  return (['primary', 'secondary'] as const).map((region) => ({ ...slow, calls: 'all', region, share, how }));
}

function anyRegion(chance: Chance): Role {
  return chance.one(['primary', 'secondary'] as const);
}

/** This machine cannot make calls (no file descriptors left), or the adapter throws. */
export function machine(world: Schedule, chance: Chance): Fault[] {
  const how: How = { type: chance.one(['local', 'throws', 'throws'] as const) };
  const fault = { ...calls(world, chance, { region: anyRegion(chance), forMs: [SECOND, MINUTE] }), how };
  const some: Fault = { ...fault, share: chance.one([0.3, 1]), process: anyProcess(world, chance) };
  if (chance.is(0.4)) return [{ ...some, calls: 'all', plane: 'control' }];
  return chance.is(0.5) ? [some] : [some, { ...some, calls: 'all', plane: 'control' }];
}

/** Everything comes again, so not to a consumer that would need minutes for it. */
export function resetGroups(world: Schedule, chance: Chance): Fault[] {
  if (isSlow(world)) return [];
  return [{ type: 'reset-groups', region: anyRegion(chance), at: moment(world, chance) }];
}

export function retention(world: Schedule, chance: Chance): Fault[] {
  const at = moment(world, chance);
  const fault: Fault = { type: 'retention', region: anyRegion(chance), share: chance.one([0.5, 1]), at };
  if (!chance.is(0.6)) return [fault];
  // While nobody could read: then there is something that was not read yet.
  const { how: _, ...calm } = calls(world, chance, { region: fault.region, forMs: [SECOND, 3 * MINUTE] });
  return [{ ...calm, calls: 'reads', how: chance.one(OUTAGES), at: Math.max(0, at - calm.forMs / 2) }, fault];
}

export function disk(world: Schedule, chance: Chance): Fault[] {
  const machine = machineOf(world, anyProcess(world, chance));
  // An outbox that stops for good gives no order: what is on disk waits for the next start.
  const code = chance.one(
    hasOutbox(world) ? (['ENOSPC', 'hang'] as const) : (['ENOSPC', 'EROFS', 'hang'] as const),
  );
  return [
    { type: 'disk', machine, code, at: moment(world, chance), forMs: chance.between([SECOND, 5 * MINUTE]) },
  ];
}

export function wallClock(world: Schedule, chance: Chance): Fault[] {
  const byMs = chance.one([-86_400_000, 86_400_000, -600_000]);
  return [{ type: 'wall-clock', process: anyProcess(world, chance), byMs, at: moment(world, chance) }];
}

export function handler(world: Schedule, chance: Chance): Fault[] {
  const { producers, consumers } = world;
  if (consumers.length === 0) return [];
  const process = producers.length + chance.whole(0, consumers.length - 1);
  const how = chance.one(['throws', 'slow'] as const);
  // A slow one lasts until a message has come, where there are seconds between two.
  const forMs = chance.between(how === 'slow' ? [10 * SECOND, MINUTE] : [SECOND, MINUTE]);
  return [{ type: 'handler', process, how, at: moment(world, chance), forMs }];
}

export function burst(world: Schedule, chance: Chance): Fault[] {
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

export function hasOutbox({ settings }: Schedule): boolean {
  return settings['outbox'] !== undefined;
}

/** A consumer that would need minutes for a large burst. */
export function isSlow({ consumers, settings }: Schedule): boolean {
  return 'readLimit' in settings || consumers.some(({ handlerMs }) => handlerMs > 50);
}

export function deletedSecondary(world: Schedule, chance: Chance): Fault[] {
  return [{ type: 'delete-secondary', at: moment(world, chance) }];
}

export function readsFail(world: Schedule, chance: Chance): Fault[] {
  const region = chance.one(['primary', 'secondary'] as const);
  const fault = calls(world, chance, { region, forMs: [SECOND, 3 * MINUTE] });
  return [{ ...fault, calls: 'reads', share: chance.one([0.3, 1]), how: chance.one(ODDITIES) }];
}

export function record(world: Schedule, chance: Chance): Fault[] {
  const machine = world.producers[0]?.machine ?? 0;
  const at = moment(world, chance);
  const active = chance.one(['primary', 'secondary'] as const);
  return [{ type: 'record', machine, active, at }];
}
