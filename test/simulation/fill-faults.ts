import type { Chance } from './chance.ts';
import * as kinds from './fault-kinds.ts';
import * as stories from './fault-stories.ts';
import { endOf, type Fault, type Schedule } from './schedule.ts';

interface Trouble {
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** The same, in worlds of that kind. */
  readonly weightIf?: readonly [is: (world: Schedule) => boolean, weight: number];
  readonly make: (world: Schedule, chance: Chance) => Fault[];
}

/** The kinds of trouble. Each may be several faults. */
const TROUBLES: readonly Trouble[] = [
  { weight: 5, make: kinds.outage },
  { weight: 3, make: kinds.errors },
  { weight: 2, make: kinds.secondaryFails },
  { weight: 2, make: kinds.bothDown },
  { weight: 2, make: kinds.controlPlane },
  { weight: 2, make: kinds.entries },
  { weight: 2, make: kinds.passingRefusal },
  { weight: 2, make: kinds.flaps },
  { weight: 2, make: kinds.life },
  { weight: 1, make: kinds.powerLoss },
  { weight: 2, make: kinds.pause },
  { weight: 1, make: kinds.offline },
  { weight: 1, make: kinds.disk },
  { weight: 1, make: kinds.wallClock },
  { weight: 2, make: kinds.handler },
  { weight: 1, make: kinds.burst },
  { weight: 1, make: kinds.readsFail },
  { weight: 1, make: kinds.record },
  { weight: 1, make: kinds.tail },
  { weight: 1, make: kinds.deletedSecondary },
  { weight: 1.5, make: kinds.machine },
  { weight: 0.5, make: kinds.resetGroups },
  { weight: 0.5, make: kinds.retention },
  { weight: 1.5, make: stories.refusedStandby },
  { weight: 0.8, make: stories.refusedReturn },
  { weight: 1.5, weightIf: [stories.isRare, 8], make: stories.hiccups },
  { weight: 0.6, make: stories.creating },
  { weight: 1, make: stories.lostCreation },
  { weight: 1, make: stories.deletedTooSoon },
  { weight: 1, make: stories.closedInOutage },
  { weight: 0.5, make: stories.growingPartition },
  { weight: 0, weightIf: [kinds.hasOutbox, 30], make: stories.spooling },
];

/** What happens in a world: up to four kinds of trouble, each at its moment. */
export function faultsOf(world: Schedule, chance: Chance): Fault[] {
  const weights = TROUBLES.map(({ weight, weightIf }) =>
    weightIf?.[0](world) === true ? weightIf[1] : weight,
  );
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const faults: Fault[] = [];
  const troubles = chance.whole(0, 4);
  for (let trouble = 0; trouble < troubles; trouble++) {
    let left = chance.random() * all;
    const { make } = TROUBLES.find((_, index) => (left -= weights[index] ?? 0) < 0) ?? TROUBLES[0]!;
    const more = make(world, chance);
    faults.push(...(chance.is(COINCIDES) ? coinciding(more, faults, chance) : more));
  }
  return inTime(faults, world.durationMs);
}

/** What of these fits into a world: its end is without faults. In the order of time. */
export function inTime(faults: readonly Fault[], durationMs: number): Fault[] {
  const untilMs = durationMs * kinds.FAULTS_SHARE;
  return faults
    .filter(({ at }) => at < untilMs)
    .map((fault) => within(fault, untilMs))
    .toSorted((a, b) => a.at - b.at);
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

function within(fault: Fault, untilMs: number): Fault {
  const at = Math.round(fault.at);
  if (!('forMs' in fault)) return { ...fault, at };
  return { ...fault, at, forMs: Math.max(1, Math.round(Math.min(fault.forMs, untilMs - at))) };
}
