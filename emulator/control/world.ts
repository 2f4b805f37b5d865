import type { MovableClock } from '../clock.ts';
import { checkLedger, Taken, type History, type Verdict } from './consistency-check.ts';
import { ControlError } from './control-reply.ts';
import { ledgerEntries, type LedgerEntry, type LedgerFilter } from './ledger.ts';
import { regionView, type RegionView } from './state-view.ts';
import type { EmulatedRegion } from '../emulated-region.ts';
import type { FaultStatus } from '../faults/fault-book.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { ScenarioPlayer } from '../scenario.ts';

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

/** What the control listener works on. */
export interface World {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  readonly player: ScenarioPlayer;
  /** Where streams are made that name no other. */
  readonly compartmentId: () => Promise<string>;
}

/** CreateStream from the control listener: the same operation, unsigned. Gives what the service would give. */
export async function makeStream(world: World, region: EmulatedRegion, details: unknown): Promise<unknown> {
  const asked = { compartmentId: await world.compartmentId(), ...(details as object) };
  const { status, body } = region.perform('POST', '/20180418/streams', asked);
  if (status === 200) return body;
  throw new ControlError(400, (body as { message?: string }).message ?? `the region answered ${status}`);
}

/** The steps that wait for `cue` begin; resolves when those without delay are done. */
export async function giveCue(player: ScenarioPlayer, cue: string): Promise<void> {
  if (!player.cues.includes(cue)) {
    const known = player.cues.length === 0 ? 'it has none' : `there are ${player.cues.join(', ')}`;
    throw new ControlError(400, `${cue} is no cue of the scenario; ${known}`);
  }
  await player.begin(cue);
}

export function regionNamed({ regions }: World, name: string): EmulatedRegion {
  const region = regions.get(name);
  if (region !== undefined) return region;
  throw new ControlError(400, `${name} is not a region here; there are ${[...regions.keys()].join(', ')}`);
}

export function allFaults({ regions }: World): Record<string, FaultStatus[]> {
  return Object.fromEntries([...regions].map(([name, region]) => [name, region.faults()]));
}

export interface EmulatorState {
  readonly now: string;
  readonly regions: Record<string, RegionView>;
}

export function stateOf({ regions, clock }: World): EmulatorState {
  const now = clock.now();
  const views = [...regions].map(([name, region]) => [name, regionView(region, now)] as const);
  return { now: new Date(now).toISOString(), regions: Object.fromEntries(views) };
}

export function statesOf({ regions }: World) {
  return [...regions.values()].map((region) => region.stateNow());
}

function ledgerOf(world: World, filter: LedgerFilter): LedgerEntry[] {
  return [...ledgerEntries(statesOf(world), filter)];
}

export function verdictOf(world: World, history: unknown): Verdict {
  const states = statesOf(world);
  return checkLedger(ledgerEntries(states), new Taken(states), history);
}
