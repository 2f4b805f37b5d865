import type { RegionState } from '../../../emulator/state/region-state.ts';
import type { Role } from '../../../runtime/core/index.ts';
import type { Schedule } from '../schedule.ts';
import type { History } from './history.ts';
import type { MachineDisk } from './machine-disk.ts';
import type { Network } from './network.ts';
import type { Scheduler } from './scheduler.ts';

export interface Emulated {
  readonly state: RegionState;
  readonly random: () => number;
  readonly spread: () => number;
}

/** What a process finds around it. */
export interface Surroundings {
  readonly schedule: Schedule;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly network: Network;
  /** Milliseconds since 1970. */
  readonly wall: number;
  region(role: Role): Emulated;
  disk(machine: number): MachineDisk;
  /** The record of a machine may have changed. */
  recordTouched(machine: number): void;
  /** Counts a write of its outbox; gives how the process ends in it. */
  crashAtWrite(process: { readonly index: number }): 'before' | 'after' | undefined;
  crash(process: { readonly index: number }): void;
}
