import { ledgerEntries, type LedgerEntry, type LedgerFilter } from './ledger.ts';
import { regionView, type RegionView } from './region-view.ts';
import { clockView, moveClock } from './move-clock.ts';
import { ControlError } from './control-error.ts';
import type { World } from './world.ts';
import type { EmulatedRegion } from '../region/index.ts';
import type { FaultStatus } from '../faults/index.ts';

interface Asked {
  readonly parts: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What can be asked of the control listener, one row a request. */
export const controlRoutes: readonly {
  readonly method: string;
  readonly path: RegExp;
  readonly act: (world: World, asked: Asked) => unknown;
}[] = [
  { method: 'GET', path: /^\/faults$/, act: (world) => allFaults(world) },
  {
    method: 'GET',
    path: /^\/faults\/(?<region>[^/]+)$/,
    act: (world, { parts }) => regionNamed(world, parts['region']!).faults(),
  },
  {
    method: 'PUT',
    path: /^\/faults\/(?<region>[^/]+)$/,
    act: async (world, { parts, body }) => {
      const region = regionNamed(world, parts['region']!);
      await region.setFaults(body);
      return region.faults();
    },
  },
  {
    method: 'POST',
    path: /^\/faults\/(?<region>[^/]+)$/,
    act: async (world, { parts, body }) => {
      const region = regionNamed(world, parts['region']!);
      await region.addFaults(body);
      return region.faults();
    },
  },
  {
    method: 'DELETE',
    path: /^\/faults\/(?<region>[^/]+)$/,
    act: async (world, { parts }) => {
      await regionNamed(world, parts['region']!).setFaults([]);
      return [];
    },
  },
  {
    method: 'DELETE',
    path: /^\/faults$/,
    act: async (world) => {
      await Promise.all([...world.regions.values()].map((region) => region.setFaults([])));
      return allFaults(world);
    },
  },
  { method: 'GET', path: /^\/clock$/, act: ({ clock }) => clockView(clock) },
  { method: 'PUT', path: /^\/clock$/, act: ({ clock }, { body }) => moveClock(clock, body) },
  { method: 'GET', path: /^\/state$/, act: (world) => stateOf(world) },
  {
    method: 'GET',
    path: /^\/ledger$/,
    act: (world, { query }) => ledgerOf(world, checkedFilter(world, query)),
  },
];

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
  const views = [...regions].map(([name, region]) => [name, regionView(region.parts, now)] as const);
  return { now: new Date(now).toISOString(), regions: Object.fromEntries(views) };
}

export function ledgerOf({ regions }: World, filter: LedgerFilter): LedgerEntry[] {
  return [
    ...ledgerEntries(
      [...regions.values()].map(({ state }) => state),
      filter,
    ),
  ];
}

const FILTERS = ['region', 'stream', 'partition', 'key'];

function checkedFilter(world: World, query: Readonly<Record<string, string>>): LedgerFilter {
  for (const name of Object.keys(query)) {
    if (!FILTERS.includes(name))
      throw new ControlError(400, `${name} is no filter; there are ${FILTERS.join(', ')}`);
  }
  if (query['region'] !== undefined) regionNamed(world, query['region']);
  return query;
}
