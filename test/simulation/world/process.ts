import { seededRandom } from '../../../emulator/random.ts';
import { hashOf } from '../../../emulator/random.ts';
import { sleepOn, type Clock } from '../../../runtime/clock.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Surroundings } from './surroundings.ts';

/** 2026-11-23T12:00Z: what every clock of the world shows at its beginning. */
export const EPOCH = Date.UTC(2026, 10, 23, 12);

/**
 * One life of a simulated process: it has a clock, chance, and a disk that it shares with others of its machine. A killed
 * process does nothing more: its timers do not run, and its calls and disk operations never end.
 */
export class SimProcess implements Owner {
  readonly world: Surroundings;
  /** Place in the schedule: the same for each life. */
  readonly index: number;
  readonly role: 'producer' | 'consumer';
  readonly machine: number;
  /** Names this life in paths. */
  readonly id: number;
  readonly clock: Clock;
  isDead = false;
  pausedUntil = 0;
  /** How far its wall clock is from the world's, in ms. */
  wallOffMs = 0;

  constructor(
    world: Surroundings,
    index: number,
    role: 'producer' | 'consumer',
    machine: number,
    id: number,
  ) {
    this.world = world;
    this.index = index;
    this.role = role;
    this.machine = machine;
    this.id = id;
    this.clock = clockOf(this, world.scheduler, seededRandom(hashOf(`${world.schedule.seed} process ${id}`)));
    processes.set(this.clock, this);
  }

  get name(): string {
    return `${this.role} ${this.index + 1}`;
  }

  /** A path of its own for a file of its machine, so that the disk knows who asks. */
  path(file: string): string {
    return `/process-${this.id}/${file}`;
  }
}

/** Whose clock it is: what a region is opened with names its process. */
export const processes = new WeakMap<Clock, SimProcess>();

function clockOf(process: SimProcess, scheduler: Scheduler, random: () => number): Clock {
  const clock: Clock = {
    now: () => scheduler.now,
    wall: () => EPOCH + scheduler.now + process.wallOffMs,
    after: (ms, task) => scheduler.after(Math.max(ms, 0), task, process),
    sleep: (ms, options) => sleepOn(clock, ms, options?.signal),
    random,
  };
  return clock;
}
