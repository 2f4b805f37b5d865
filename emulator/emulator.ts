import { movableClock, systemClock, type MovableClock } from './clock.ts';
import {
  allFaults,
  controlHandler,
  ledgerOf,
  regionNamed,
  stateOf,
  type EmulatorState,
  type LedgerEntry,
  type LedgerFilter,
} from './control/index.ts';
import { newRsaKey, writeConfigDirectory } from './credentials/index.ts';
import type { FaultRule, FaultStatus } from './faults/index.ts';
import { openListener } from './http/index.ts';
import { checkedPlaces, regionRules, type EmulatorOptions } from './options.ts';
import { EmulatedRegion } from './region/index.ts';
import { newGlobalOcid } from './state/index.ts';

/** A running emulator. */
export interface Emulator {
  /** Base URL of each region, by its name. */
  readonly regions: Readonly<Record<string, string>>;
  /** Base URL of the control listener. */
  readonly control: string;
  /** An OCI config file with a key of its own; gone after `close`. */
  readonly configFile: string;
  /** A compartment to create streams in. */
  readonly compartmentId: string;
  readonly clock: MovableClock;
  /** These rules and no others for the region, from now on. */
  setFaults(region: string, rules: FaultRule | readonly FaultRule[]): Promise<void>;
  addFault(region: string, rule: FaultRule): Promise<void>;
  /** Of one region, or of all. */
  clearFaults(region?: string): Promise<void>;
  /** Rules with their hits, by region. */
  faults(): Record<string, FaultStatus[]>;
  /** Everything that is stored. */
  ledger(filter?: LedgerFilter): LedgerEntry[];
  state(): EmulatorState;
  /** Stops listening and removes the config file. Safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts regions of OCI Streaming in this process. Throws a `UsageError` for options that cannot be. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { regions: names, host, port, controlPort } = checkedPlaces(options);
  const rules = regionRules(options);
  const clock = movableClock(options.clock ?? systemClock);
  const key = newRsaKey();
  const places = names.map((name, index) => ({ name, host, port: port === 0 ? 0 : port + index }));
  const opened = await Promise.all(places.map((place) => EmulatedRegion.open(place, rules, clock)));
  const regions = new Map(opened.map((region) => [region.state.name, region]));
  const world = { regions, clock };
  const control = await openListener(host, controlPort, controlHandler(world));

  const identity = {
    tenancy: newGlobalOcid('tenancy', clock.random),
    user: newGlobalOcid('user', clock.random),
    key: await key,
  };
  const { configFile, remove } = writeConfigDirectory(identity, names[0]!);
  const close = async (): Promise<void> => {
    remove();
    await Promise.all([control, ...opened].map((listener) => listener.close()));
  };

  return {
    regions: Object.fromEntries(opened.map((region) => [region.state.name, region.url])),
    control: control.url,
    configFile,
    compartmentId: newGlobalOcid('compartment', clock.random),
    clock,
    setFaults: (region, rules) => regionNamed(world, region).setFaults(rules),
    addFault: (region, rule) => regionNamed(world, region).addFaults(rule),
    clearFaults: async (region) => {
      const cleared = region === undefined ? opened : [regionNamed(world, region)];
      await Promise.all(cleared.map((each) => each.setFaults([])));
    },
    faults: () => allFaults(world),
    ledger: (filter = {}) => ledgerOf(world, filter),
    state: () => stateOf(world),
    close,
    [Symbol.asyncDispose]: close,
  };
}
