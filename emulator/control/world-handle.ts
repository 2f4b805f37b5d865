import type { FaultRule, FaultStatus } from '../faults/index.ts';
import type { Verdict } from './check-ledger.ts';
import {
  allFaults,
  ledgerOf,
  regionNamed,
  stateOf,
  verdictOf,
  type EmulatorState,
} from './control-routes.ts';
import { giveCue } from './give-cue.ts';
import type { History } from './history.ts';
import type { LedgerEntry, LedgerFilter } from './ledger.ts';
import type { World } from './world.ts';

/** What the control listener does, without HTTP. Names of regions that are not there are refused by an error. */
export interface WorldHandle {
  /** These rules and no others for the region, from now on. */
  setFaults(region: string, rules: FaultRule | readonly FaultRule[]): Promise<void>;
  addFault(region: string, rule: FaultRule): Promise<void>;
  /** Of one region, or of all. */
  clearFaults(region?: string): Promise<void>;
  /** Rules with their hits, by region. */
  faults(): Record<string, FaultStatus[]>;
  /** The rules that no call has met, by region; also those that were replaced or cleared. */
  neverHit(): Record<string, FaultRule[]>;
  /** The steps of the scenario that wait for this cue begin; resolves when those without delay are done. */
  cue(name: string): Promise<void>;
  /** Everything that is stored. */
  ledger(filter?: LedgerFilter): LedgerEntry[];
  state(): EmulatorState;
  /** Compares what was sent and received with what is stored. */
  check(history: History): Verdict;
}

export function handleOf(world: World): WorldHandle {
  return {
    setFaults: async (region, rules) => regionNamed(world, region).setFaults(rules),
    addFault: async (region, rule) => regionNamed(world, region).addFaults(rule),
    clearFaults: async (region) => {
      const cleared = region === undefined ? [...world.regions.values()] : [regionNamed(world, region)];
      await Promise.all(cleared.map((each) => each.setFaults([])));
    },
    faults: () => allFaults(world),
    neverHit: () => Object.fromEntries([...world.regions].map(([name, region]) => [name, region.neverHit()])),
    cue: (name) => giveCue(world.player, name),
    ledger: (filter = {}) => ledgerOf(world, filter),
    state: () => stateOf(world),
    check: (history) => verdictOf(world, history),
  };
}
