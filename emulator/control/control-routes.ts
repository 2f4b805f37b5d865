import type { FaultStatus } from '../faults/index.ts';
import type { EmulatedRegion } from '../region/index.ts';
import type { ScenarioPlayer } from '../scenario/index.ts';
import { checkLedger, type Verdict } from './check-ledger.ts';
import { ControlError } from './control-error.ts';
import { ledgerEntries, type LedgerEntry, type LedgerFilter } from './ledger.ts';
import { giveCue } from './give-cue.ts';
import { metricsOf } from './metrics.ts';
import { makeStream } from './make-stream.ts';
import { clockView, moveClock } from './move-clock.ts';
import { pageFile } from './page/index.ts';
import { regionView, type RegionView } from './region-view.ts';
import { json, lines, text, type ControlReply } from './reply.ts';
import { Taken } from './taken.ts';
import type { World } from './world.ts';

interface Asked {
  readonly parts: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Act = (world: World, asked: Asked) => ControlReply | Promise<ControlReply>;

/** What can be asked of the control listener, one row a request. */
export const controlRoutes: readonly (readonly [method: string, path: RegExp, act: Act])[] = [
  ['GET', /^\/$/, () => pageFile('page.html')],
  ['GET', /^\/page\.css$/, () => pageFile('page.css')],
  ['GET', /^\/page\.js$/, () => pageFile('page.js')],
  ['GET', /^\/health$/, () => json({ status: 'ok' })],
  ['GET', /^\/metrics$/, (world) => text('text/plain; version=0.0.4', metricsOf(world))],
  ['GET', /^\/state$/, (world) => json(stateOf(world))],
  ['GET', /^\/ledger$/, (world, { query }) => ledgerReply(world, query)],
  ['POST', /^\/check$/, (world, { body }) => json(verdictOf(world, body))],
  ['GET', /^\/clock$/, ({ clock }) => json(clockView(clock))],
  ['PUT', /^\/clock$/, ({ clock }, { body }) => json(moveClock(clock, body))],
  [
    'POST',
    /^\/streams\/(?<region>[^/]+)$/,
    async (world, { parts, body }) => json(await makeStream(world, regionIn(world, parts), body)),
  ],
  ['GET', /^\/cues$/, ({ player }) => json(player.cues)],
  ['POST', /^\/cues\/(?<cue>[^/]+)$/, ({ player }, { parts }) => cueGiven(player, parts['cue'] ?? '')],
  ['GET', /^\/faults$/, (world) => json(allFaults(world))],
  ['DELETE', /^\/faults$/, async (world) => clearAll(world)],
  ['GET', /^\/faults\/(?<region>[^/]+)$/, (world, { parts }) => json(regionIn(world, parts).faults())],
  [
    'PUT',
    /^\/faults\/(?<region>[^/]+)$/,
    (world, { parts, body }) => change(world, parts, 'setFaults', body),
  ],
  [
    'POST',
    /^\/faults\/(?<region>[^/]+)$/,
    (world, { parts, body }) => change(world, parts, 'addFaults', body),
  ],
  ['DELETE', /^\/faults\/(?<region>[^/]+)$/, (world, { parts }) => change(world, parts, 'setFaults', [])],
];

async function change(world: World, parts: Asked['parts'], how: 'setFaults' | 'addFaults', rules: unknown) {
  const region = regionIn(world, parts);
  await region[how](rules);
  return json(region.faults());
}

async function cueGiven(player: ScenarioPlayer, cue: string): Promise<ControlReply> {
  await giveCue(player, cue);
  return json({ cue });
}

async function clearAll(world: World): Promise<ControlReply> {
  await Promise.all([...world.regions.values()].map((region) => region.setFaults([])));
  return json(allFaults(world));
}

function regionIn(world: World, parts: Asked['parts']): EmulatedRegion {
  return regionNamed(world, parts['region'] ?? '');
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

function statesOf({ regions }: World) {
  return [...regions.values()].map((region) => region.stateNow());
}

export function ledgerOf(world: World, filter: LedgerFilter): LedgerEntry[] {
  return [...ledgerEntries(statesOf(world), filter)];
}

export function verdictOf(world: World, history: unknown): Verdict {
  const states = statesOf(world);
  return checkLedger(ledgerEntries(states), new Taken(states), history);
}

const FILTERS = ['region', 'stream', 'partition', 'key', 'last'];

/** An array; with `format=jsonl` one line of JSON a message, for ledgers that do not fit into one string. */
function ledgerReply(world: World, { format, ...query }: Asked['query']): ControlReply {
  for (const name of Object.keys(query)) {
    if (!FILTERS.includes(name))
      throw new ControlError(400, `${name} is no filter; there are ${FILTERS.join(', ')}`);
  }
  if (query['region'] !== undefined) regionNamed(world, query['region']);
  if (query['last'] !== undefined && !/^\d{1,9}$/.test(query['last']))
    throw new ControlError(400, 'last: must be a number');
  if (format !== undefined && format !== 'jsonl') throw new ControlError(400, 'format: must be jsonl');
  const last = query['last'] === undefined ? undefined : Number(query['last']);
  const entries = ledgerEntries(statesOf(world), { ...query, last });
  return format === 'jsonl' ? lines(entries) : json([...entries]);
}
