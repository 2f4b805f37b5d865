import type { MovableClock } from '../clock.ts';
import type { EmulatedRegion } from '../emulated-region.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { FaultStatus } from '../faults/region-faults.ts';
import type { ScenarioPlayer } from '../scenario.ts';
import { checkConsistency, ExpiredOffsets, type CheckResult, type History } from './consistency-check.ts';
import { ControlError } from './control-reply.ts';
import { ledgerEntries, type LedgerEntry, type LedgerFilter } from './ledger.ts';
import { regionView, type RegionView } from './state-view.ts';

/** What the control API and the handle of a running emulator act on. */
export interface World {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  readonly player: ScenarioPlayer;
  /** The compartment of streams that are created without one. */
  readonly compartmentId: () => Promise<string>;
}

export interface EmulatorState {
  readonly now: string;
  readonly regions: Record<string, RegionView>;
}

/** What a client needs to use a stream. */
export interface CreatedStream {
  readonly ocid: string;
  /** The stream's messages endpoint, which is the base URL of its region. */
  readonly endpoint: string;
  readonly compartmentId: string;
}

/** The control API without HTTP. An unknown region is an error. */
export interface EmulatorControls {
  /**
   * Creates a stream. Resolves when it is ACTIVE, which takes `createDelayMs`. Defaults: 1 partition, 24 hours of retention. Rejects if
   * the service would refuse the stream, for example because its name is in use.
   */
  createStream(
    region: string,
    name: string,
    options?: { readonly partitions?: number; readonly retentionInHours?: number },
  ): Promise<CreatedStream>;
  /** Replaces the fault rules of the region. */
  setFaults(region: string, rules: FaultRule | readonly FaultRule[]): Promise<void>;
  addFault(region: string, rule: FaultRule): Promise<void>;
  /** Removes the fault rules of one region, or of all. */
  clearFaults(region?: string): Promise<void>;
  /** The fault rules with their hits, by region. */
  faults(): Record<string, FaultStatus[]>;
  /** The rules without a hit, by region; also those that were replaced or cleared. */
  neverHit(): Record<string, FaultRule[]>;
  /** Starts the steps of the scenario that wait for this cue. Resolves when those without delay are done. */
  cue(name: string): Promise<void>;
  /** All stored messages. */
  ledger(filter?: LedgerFilter): LedgerEntry[];
  state(): EmulatorState;
  /** Compares what was sent and received with what is stored. */
  check(history: History): CheckResult;
}

export function controlsOf(world: World): EmulatorControls {
  return {
    createStream: async (regionName, name, options = {}) => {
      const region = requireRegion(world, regionName);
      const stream = await requestStream(world, region, {
        ...options,
        partitions: options.partitions ?? 1,
        name,
      });
      await region.untilCreated(stream.id);
      return { ocid: stream.id, endpoint: region.url, compartmentId: stream.compartmentId };
    },
    setFaults: async (region, rules) => requireRegion(world, region).setFaults(rules),
    addFault: async (region, rule) => requireRegion(world, region).addFaults(rule),
    clearFaults: async (region) => {
      const cleared = region === undefined ? [...world.regions.values()] : [requireRegion(world, region)];
      await Promise.all(cleared.map((each) => each.setFaults([])));
    },
    faults: () => allFaults(world),
    neverHit: () => Object.fromEntries([...world.regions].map(([name, region]) => [name, region.neverHit()])),
    cue: (name) => giveCue(world.player, name),
    ledger: (filter = {}) => [...ledgerEntries(regionStates(world), filter)],
    state: () => stateOf(world),
    check: (history) => checkHistory(world, history),
  };
}

/** CreateStream without a signature. Returns the body of the service's answer. */
export async function requestStream(
  world: World,
  region: EmulatedRegion,
  details: unknown,
): Promise<{ readonly id: string; readonly compartmentId: string }> {
  const body = { compartmentId: await world.compartmentId(), ...(details as object) };
  const reply = region.perform('POST', '/20180418/streams', body);
  if (reply.status === 200) return reply.body as { id: string; compartmentId: string };
  throw new ControlError(
    400,
    (reply.body as { message?: string }).message ?? `the region answered ${reply.status}`,
  );
}

export async function giveCue(player: ScenarioPlayer, cue: string): Promise<void> {
  if (!player.cues.includes(cue)) {
    const known = player.cues.length === 0 ? 'it has none' : `there are ${player.cues.join(', ')}`;
    throw new ControlError(400, `${cue} is not a cue of the scenario; ${known}`);
  }
  await player.begin(cue);
}

export function requireRegion({ regions }: World, name: string): EmulatedRegion {
  const region = regions.get(name);
  if (region !== undefined) return region;
  throw new ControlError(400, `${name} is not a region here; there are ${[...regions.keys()].join(', ')}`);
}

export function allFaults({ regions }: World): Record<string, FaultStatus[]> {
  return Object.fromEntries([...regions].map(([name, region]) => [name, region.faults()]));
}

export function stateOf({ regions, clock }: World): EmulatorState {
  const now = clock.now();
  const views = [...regions].map(([name, region]) => [name, regionView(region, now)] as const);
  return { now: new Date(now).toISOString(), regions: Object.fromEntries(views) };
}

export function regionStates({ regions }: World) {
  return [...regions.values()].map((region) => region.currentState());
}

export function checkHistory(world: World, history: unknown): CheckResult {
  const states = regionStates(world);
  return checkConsistency(ledgerEntries(states), new ExpiredOffsets(states), history);
}
