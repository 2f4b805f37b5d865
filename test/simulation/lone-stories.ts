import { Chance } from './chance.ts';
import { isSlow, MINUTE, moment, OUTAGES, SECOND } from './fault-kinds.ts';
import {
  machineOf,
  type CallFault,
  type Fault,
  type How,
  type ProducerPlan,
  type Schedule,
} from './schedule.ts';

/**
 * Troubles that are told alone: what the checker judges of them, it can judge only while nothing else is wrong. They have a
 * chance of their own, so that a new one leaves the schedules of all other seeds as they are.
 */

interface Stories {
  /** How often one of them is told. */
  readonly share: number;
  readonly of: readonly ((world: Schedule, chance: Chance) => Fault[])[];
}

/** One call after another: with 30 % errors many fail in a row, and no other one shows that the region works. */
const IN_LINE: Stories = { share: 0.7, of: [randomErrors] };
/** Where the number of calls is judged, they must be many. */
const THICK: Stories = { share: 0.3, of: [promptOutage, promptOutage, partialAnswers] };
const OTHERS: Stories = {
  share: 0.1,
  of: [refusedWhileAway, unreachableRecord, partialAnswers, closedInBatch],
};

function storiesFor({ producers, settings }: Schedule): Stories {
  const areAll = (is: (producer: ProducerPlan) => boolean): boolean => producers.every(is);
  const isInLine = settings['lanes'] === 1 || areAll(({ keys }) => keys === 1);
  if (isInLine && areAll(({ everyMs }) => everyMs < 7 * SECOND)) return IN_LINE;
  return areAll(({ everyMs }) => everyMs <= 300) ? THICK : OTHERS;
}

/** All that happens in a world; undefined: in most worlds. */
export function loneStory(world: Schedule): readonly Fault[] | undefined {
  const chance = new Chance(world.seed, 'story');
  const { share, of } = storiesFor(world);
  return chance.is(share) ? chance.one(of)(world, chance) : undefined;
}

/** Failures that come at once, without a wait that the service names. */
const PROMPT: readonly How[] = OUTAGES.filter(
  (how) =>
    how.type !== 'hang' &&
    (how.type !== 'status' || (how.retryAfter === undefined && how.afterMs === undefined)),
);

/** Each counts at least as much as a 503: a 429 says less. */
const STRONG = PROMPT.filter((how) => how.type !== 'status' || how.status !== 429);

function callsOf(fault: Pick<CallFault, 'at' | 'forMs' | 'region' | 'how'> & Partial<CallFault>): CallFault {
  return { type: 'calls', plane: 'data', calls: 'all', share: 1, ...fault };
}

function burst(at: number, messages: number, process = 0): Fault {
  return { type: 'burst', process, messages, at };
}

/** The primary is down, and the secondary, which is active, answers 404 or 401 for a moment, though its stream is ACTIVE. */
function refusedWhileAway(world: Schedule, chance: Chance): Fault[] {
  const at = moment(world, chance) / 2;
  const how: How = { type: 'status', status: chance.one([404, 404, 401]) };
  const refusedAt = at + chance.between([15 * SECOND, 40 * SECOND]);
  return [
    callsOf({ at, forMs: 2 * MINUTE, region: 'primary', how: chance.one(PROMPT) }),
    burst(at + 20, 1),
    callsOf({ at: refusedAt, forMs: chance.between([200, 4 * SECOND]), region: 'secondary', how }),
    burst(refusedAt + 50, 5),
  ];
}

/** The record names a region as active that a process cannot reach just then. */
function unreachableRecord(world: Schedule, chance: Chance): Fault[] {
  const at = moment(world, chance);
  const process = chance.whole(0, world.producers.length - 1);
  const forMs = chance.between([10 * SECOND, MINUTE]);
  const how: How = { type: chance.one(['network', 'dns', 'refused'] as const) };
  const cutOff = (['data', 'control'] as const).map((plane) =>
    callsOf({ at, forMs, region: 'secondary', how, plane, process }),
  );
  return [
    ...cutOff,
    { type: 'record', machine: machineOf(world, process), active: 'secondary', at: at + SECOND },
  ];
}

/** A consumer is stopped while it handles a batch, and starts again. */
function closedInBatch(world: Schedule, chance: Chance): Fault[] {
  const { producers, consumers } = world;
  if (consumers.length === 0) return partialAnswers(world, chance);
  const at = moment(world, chance);
  const process = producers.length + chance.whole(0, consumers.length - 1);
  return [1, 2, 3].flatMap((time): Fault[] => [
    burst(at + time * 20 * SECOND, isSlow(world) ? 20 : 300),
    {
      type: 'stop',
      process,
      at: at + time * 20 * SECOND + chance.between([50, 3 * SECOND]),
      forMs: chance.between([100, 5 * SECOND]),
    },
  ]);
}

/** A whole outage after a while in which all was well: the calls of before are known. */
function promptOutage({ durationMs }: Schedule, chance: Chance): Fault[] {
  const at = chance.between([42 * SECOND, Math.max(43 * SECOND, durationMs * 0.6)]);
  return [callsOf({ at, forMs: 20 * SECOND, region: 'primary', how: chance.one(PROMPT) })];
}

/** The most errors at random that must not fail over, from beginning to end. */
function randomErrors({ durationMs }: Schedule, chance: Chance): Fault[] {
  return [callsOf({ at: 0, forMs: durationMs, region: 'primary', how: chance.one(STRONG), share: 0.3 })];
}

/** Answers that leave out results, or refuse some messages, of batches of many. */
function partialAnswers(world: Schedule, chance: Chance): Fault[] {
  const at = moment(world, chance);
  const messages = isSlow(world) ? 20 : 300;
  const during = { at, forMs: 10 * SECOND, region: 'primary' } as const;
  return [
    chance.is(0.5)
      ? callsOf({ ...during, how: { type: 'short' }, share: chance.one([0.3, 1]) })
      : { ...during, type: 'entries', status: chance.one([429, 500]), share: 0.5 },
    burst(at + SECOND, messages),
    burst(at + 3 * SECOND, messages),
  ];
}
