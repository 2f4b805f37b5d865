import { readFileSync } from 'node:fs';
import { ControlError, type ControlReply, json, lines, text } from './control-reply.ts';
import { ledgerEntries } from './ledger.ts';
import { metricsOf } from './metrics.ts';
import { clockView, moveClock } from './move-clock.ts';
import {
  allFaults,
  giveCue,
  requestStream,
  requireRegion,
  stateOf,
  regionStates,
  checkHistory,
  type World,
} from './world.ts';
import type { EmulatedRegion } from '../emulated-region.ts';
import type { ScenarioPlayer } from '../scenario.ts';

interface ControlRequest {
  readonly parts: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Action = (world: World, request: ControlRequest) => ControlReply | Promise<ControlReply>;

/** The control API, one row per request: method, path and action. */
export const controlRoutes: readonly (readonly [method: string, path: RegExp, action: Action])[] = [
  ['GET', /^\/$/, () => pageFile('page.html')],
  ['GET', /^\/page\.css$/, () => pageFile('page.css')],
  ['GET', /^\/page\.js$/, () => pageFile('page.js')],
  ['GET', /^\/health$/, () => json({ status: 'ok' })],
  ['GET', /^\/metrics$/, (world) => text('text/plain; version=0.0.4', metricsOf(world))],
  ['GET', /^\/state$/, (world) => json(stateOf(world))],
  ['GET', /^\/ledger$/, (world, { query }) => ledgerReply(world, query)],
  ['POST', /^\/check$/, (world, { body }) => json(checkHistory(world, body))],
  ['GET', /^\/clock$/, ({ clock }) => json(clockView(clock))],
  ['PUT', /^\/clock$/, ({ clock }, { body }) => json(moveClock(clock, body))],
  [
    'POST',
    /^\/streams\/(?<region>[^/]+)$/,
    async (world, { parts, body }) => json(await requestStream(world, regionIn(world, parts), body)),
  ],
  ['GET', /^\/cues$/, ({ player }) => json(player.cues)],
  ['POST', /^\/cues\/(?<cue>[^/]+)$/, ({ player }, { parts }) => giveCueReply(player, parts['cue'] ?? '')],
  ['GET', /^\/faults$/, (world) => json(allFaults(world))],
  ['DELETE', /^\/faults$/, async (world) => clearAll(world)],
  ['GET', /^\/faults\/(?<region>[^/]+)$/, (world, { parts }) => json(regionIn(world, parts).faults())],
  [
    'PUT',
    /^\/faults\/(?<region>[^/]+)$/,
    (world, { parts, body }) => changeFaults(world, parts, 'setFaults', body),
  ],
  [
    'POST',
    /^\/faults\/(?<region>[^/]+)$/,
    (world, { parts, body }) => changeFaults(world, parts, 'addFaults', body),
  ],
  [
    'DELETE',
    /^\/faults\/(?<region>[^/]+)$/,
    (world, { parts }) => changeFaults(world, parts, 'setFaults', []),
  ],
];

async function changeFaults(
  world: World,
  parts: ControlRequest['parts'],
  how: 'setFaults' | 'addFaults',
  rules: unknown,
) {
  const region = regionIn(world, parts);
  await region[how](rules);
  return json(region.faults());
}

async function giveCueReply(player: ScenarioPlayer, cue: string): Promise<ControlReply> {
  await giveCue(player, cue);
  return json({ cue });
}

async function clearAll(world: World): Promise<ControlReply> {
  await Promise.all([...world.regions.values()].map((region) => region.setFaults([])));
  return json(allFaults(world));
}

function regionIn(world: World, parts: ControlRequest['parts']): EmulatedRegion {
  return requireRegion(world, parts['region'] ?? '');
}

const FILTERS = ['region', 'stream', 'partition', 'key', 'last'];

/** A JSON array, or with `format=jsonl` one line of JSON for each message: a large ledger does not fit into one string. */
function ledgerReply(world: World, { format, ...query }: ControlRequest['query']): ControlReply {
  for (const name of Object.keys(query)) {
    if (!FILTERS.includes(name))
      throw new ControlError(400, `${name} is not a filter; the filters are ${FILTERS.join(', ')}`);
  }
  if (query['region'] !== undefined) requireRegion(world, query['region']);
  if (query['last'] !== undefined && !/^\d{1,9}$/.test(query['last']))
    throw new ControlError(400, 'last: must be a number');
  if (format !== undefined && format !== 'jsonl') throw new ControlError(400, 'format: must be jsonl');
  const last = query['last'] === undefined ? undefined : Number(query['last']);
  const entries = ledgerEntries(regionStates(world), { ...query, last });
  return format === 'jsonl' ? lines(entries) : json([...entries]);
}

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
} as const;

/** A file of the page at the control address. The page needs no other server and no build step. */
function pageFile(name: keyof typeof TYPES): ControlReply {
  return text(TYPES[name], readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8'));
}
