import { readFileSync } from 'node:fs';
import { ControlError, type ControlReply, json, lines, text } from './control-reply.ts';
import { ledgerEntries } from './ledger.ts';
import { metricsOf } from './metrics.ts';
import { clockView, moveClock } from './move-clock.ts';
import {
  allFaults,
  giveCue,
  makeStream,
  regionNamed,
  stateOf,
  statesOf,
  verdictOf,
  type World,
} from './world.ts';
import type { EmulatedRegion } from '../emulated-region.ts';
import type { ScenarioPlayer } from '../scenario.ts';

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

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
} as const;

/** A file of the page at the control address. It needs no other network than this listener, and no build step. */
function pageFile(name: keyof typeof TYPES): ControlReply {
  return text(TYPES[name], readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8'));
}
