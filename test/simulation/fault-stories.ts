import type { Chance } from './chance.ts';
import { calls, FAULTS_SHARE, hasOutbox, isSlow, MINUTE, moment, OUTAGES, SECOND } from './fault-kinds.ts';
import { machineOf, type CallFault, type Fault, type How, type Schedule } from './schedule.ts';

/** Troubles that belong together: what goes wrong because, or while, something else does. */

/** When a story of that length can begin; undefined: the world is too short for it. */
function beginning({ durationMs }: Schedule, chance: Chance, lengthMs: number): number | undefined {
  const latest = durationMs * FAULTS_SHARE - lengthMs;
  return latest < 0 ? undefined : chance.between([0, latest]);
}

/** How a region fails whose callers are not told to wait. */
const PROMPT_OUTAGES = OUTAGES.filter((how) => how.type !== 'status' || how.status !== 429);

/** The primary is down from `at` on, and something is sent at once. */
function primaryDown(chance: Chance, at: number, forMs: number): readonly [CallFault, Fault] {
  return [
    {
      type: 'calls',
      at,
      forMs,
      region: 'primary',
      plane: 'data',
      calls: 'all',
      share: 1,
      how: chance.one(PROMPT_OUTAGES),
    },
    burst(at + 20, 1),
  ];
}

function bothRegionsDown(chance: Chance, at: number, forMs: number): Fault[] {
  const [down] = primaryDown(chance, at, forMs);
  return [down, { ...down, region: 'secondary', how: chance.one(PROMPT_OUTAGES) }];
}

function burst(at: number, messages: number, process = 0): Fault {
  return { type: 'burst', process, messages, at };
}

/** The primary is down, and the standby refuses until after the verdict. */
export function refusedStandby(world: Schedule, chance: Chance): Fault[] {
  const forMs = chance.between([3 * MINUTE, 6 * MINUTE]);
  const at = beginning(world, chance, forMs);
  if (at === undefined) return [];
  const [down, sent] = primaryDown(chance, at, forMs);
  const how: How = { type: 'status', status: chance.one([401, 401, 403, 404]) };
  const refused: Fault = {
    ...down,
    region: 'secondary',
    how,
    at: Math.max(0, at - SECOND),
    forMs: chance.between([2 * SECOND, 40 * SECOND]),
  };
  return [down, sent, refused, ...(chance.is(0.5) ? [{ ...refused, plane: 'control' } as Fault] : [])];
}

/** The secondary has to be made, and the answers to the calls that make it are lost. */
export function lostCreation(world: Schedule, chance: Chance): Fault[] {
  const forMs = chance.between([3 * MINUTE, 5 * MINUTE]);
  const from = beginning(world, chance, forMs + 30 * SECOND);
  if (from === undefined) return [];
  const at = from + 30 * SECOND;
  const [down, sent] = primaryDown(chance, at, forMs);
  const how = chance.one<How>([
    { type: 'hang', stored: true },
    { type: 'reset', stored: true },
    { type: 'status', status: 502, stored: true },
  ]);
  const lost: Fault = {
    ...down,
    region: 'secondary',
    plane: 'control',
    calls: 'writes',
    how,
    forMs: chance.between([4 * SECOND, 20 * SECOND]),
  };
  return [{ type: 'delete-secondary', at: from }, down, sent, lost];
}

/**
 * The primary is back, and somebody deletes the secondary, which is still active; its control plane is slow, so what it says
 * of the stream arrives after the next switch.
 */
export function deletedTooSoon(world: Schedule, chance: Chance): Fault[] {
  const at = beginning(world, chance, MINUTE);
  if (at === undefined) return [];
  const [down, sent] = primaryDown(chance, at, 30 * SECOND);
  const deletedAt = down.at + down.forMs + chance.between([2 * SECOND, 8 * SECOND]);
  const slow: Fault = {
    ...down,
    region: 'secondary',
    plane: 'control',
    how: { type: 'slow', ms: 1_500 },
    at: deletedAt - 2 * SECOND,
    forMs: 10 * SECOND,
  };
  return [
    down,
    sent,
    slow,
    { type: 'delete-secondary', at: deletedAt },
    burst(deletedAt + 10, 1),
    burst(deletedAt + chance.between([600, 1_400]), 20),
  ];
}

/** The primary is back, and refuses every entry for a while. */
export function refusedReturn(world: Schedule, chance: Chance): Fault[] {
  const down = calls(world, chance, { region: 'primary', forMs: [30 * SECOND, MINUTE] });
  const at = down.at + down.forMs - SECOND;
  const status = chance.one([429, 500]);
  const forMs = chance.between([2 * MINUTE, 6 * MINUTE]);
  return [down, { type: 'entries', region: 'primary', status, share: 1, at, forMs }];
}

/** Whole outages that are too short to be judged, each while something is sent; where little is sent, nothing in between. */
export function hiccups(world: Schedule, chance: Chance): Fault[] {
  const first = calls(world, chance, { region: 'primary', forMs: [600, 1_700] });
  const how: How = { type: 'status', status: chance.one([500, 503]) };
  const every = chance.between([70 * SECOND, isRare(world) ? 2 * MINUTE : 6 * MINUTE]);
  return Array.from({ length: chance.whole(2, 8) }, (_, index): Fault[] => {
    const at = first.at + index * every;
    return [{ ...first, at, how }, burst(at + 20, 1)];
  }).flat();
}

/** Where there are minutes between two messages. */
export function isRare({ producers }: Schedule): boolean {
  return producers.every(({ everyMs }) => everyMs >= 2 * MINUTE);
}

export function creating(world: Schedule, chance: Chance): Fault[] {
  const ends = chance.one(['stuck', 'failed'] as const);
  const at = moment(world, chance);
  const forMs = chance.between([10 * SECOND, 5 * MINUTE]);
  const down = calls(world, chance, { region: 'primary', forMs: [20 * SECOND, 5 * MINUTE] });
  return [
    { type: 'creating', ends, at, forMs },
    { ...down, at: at + 500 },
  ];
}

/** A producer is stopped while messages wait that no region takes, and none does before its time to close is over. */
export function closedInOutage(world: Schedule, chance: Chance): Fault[] {
  const at = beginning(world, chance, 45 * SECOND);
  if (at === undefined) return [];
  const process = chance.whole(0, world.producers.length - 1);
  const stopAt = at + chance.between([9 * SECOND, 20 * SECOND]);
  return [
    ...bothRegionsDown(chance, at, stopAt - at + chance.between([2 * SECOND, 25 * SECOND])),
    burst(at + SECOND, 20, process),
    { type: 'stop', process, at: stopAt, forMs: chance.between([100, 20 * SECOND]) },
  ];
}

/** One process after another loses its way to a region, or to both; then all have it again. */
export function growingPartition(world: Schedule, chance: Chance): Fault[] {
  const { producers, consumers } = world;
  const processes = producers.length + consumers.length;
  const everyMs = chance.between([SECOND, 15 * SECOND]);
  const forMs = processes * everyMs + chance.between([5 * SECOND, MINUTE]);
  const from = beginning(world, chance, forMs);
  if (from === undefined) return [];
  const how: How = { type: chance.one(['network', 'dns', 'refused'] as const) };
  const regions = chance.one([['primary'], ['primary'], ['secondary'], ['primary', 'secondary']] as const);
  const first = chance.whole(0, processes - 1);
  return Array.from({ length: processes }, (_, step) => {
    const process = (first + step) % processes;
    const at = from + step * everyMs;
    return regions.flatMap((region) =>
      (['data', 'control'] as const).map((plane): Fault => ({
        type: 'calls',
        at,
        forMs: from + forMs - at,
        region,
        plane,
        calls: 'all',
        share: 1,
        how,
        process,
      })),
    );
  }).flat();
}

/** With an outbox: no region takes messages, and the process that writes them to disk fails as well, or its disk. */
export function spooling(world: Schedule, chance: Chance): Fault[] {
  const forMs = chance.between([20 * SECOND, 4 * MINUTE]);
  const at = beginning(world, chance, forMs);
  if (at === undefined || !hasOutbox(world)) return [];
  const process = chance.whole(0, world.producers.length - 1);
  const machine = machineOf(world, process);
  const messages = isSlow(world) ? 20 : 60;
  const later = at + chance.between([8 * SECOND, forMs]);
  const awayMs = chance.between([100, 20 * SECOND]);
  const worse = chance.one<readonly Fault[]>([
    [crash(chance, process, at)],
    [crash(chance, process, later)],
    [{ type: 'kill', process, at: later, forMs: awayMs }],
    [{ type: 'power-loss', machine, at: later, forMs: awayMs }],
    [{ type: 'stop', process, at: later, forMs: awayMs }],
    [fullDisk(chance, machine, later)],
    [fullDisk(chance, machine, later), { type: 'kill', process, at: later + SECOND, forMs: awayMs }],
  ]);
  const down = bothRegionsDown(chance, at, forMs);
  return [
    ...(chance.is(0.3)
      ? down.flatMap((fault, index) => (index === 0 ? backForSeconds(fault, later) : [fault]))
      : down),
    burst(at + 20, messages, process),
    burst(later - 50, messages, process),
    ...worse,
    // What comes while the outbox drains waits behind it.
    burst(at + forMs + chance.between([10, SECOND]), messages, process),
  ];
}

function crash(chance: Chance, process: number, at: number): Fault {
  const when = chance.one(['before', 'after'] as const);
  return {
    type: 'crash-at-write',
    process,
    write: chance.whole(1, 8),
    when,
    at,
    forMs: chance.between([100, 20 * SECOND]),
  };
}

function fullDisk(chance: Chance, machine: number, at: number): Fault {
  const code = chance.one(['ENOSPC', 'ENOSPC', 'hang'] as const);
  return { type: 'disk', machine, code, at: at - 100, forMs: chance.between([SECOND, MINUTE]) };
}

/** The region answers for three seconds in the middle of its fault. */
function backForSeconds(fault: Fault, at: number): Fault[] {
  if (!('forMs' in fault)) return [fault];
  const before = { ...fault, forMs: at - fault.at };
  const after = { ...fault, at: at + 3 * SECOND, forMs: fault.at + fault.forMs - at - 3 * SECOND };
  return after.forMs > 0 ? [before, after] : [before];
}
