import type { Profiler } from 'node:inspector/promises';
import { Session } from 'node:inspector/promises';

/** A part of the processor time of the main thread, 0 to 1. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

export interface Profile {
  /** By folder of this project, by package, and what V8 and Node take themselves. */
  readonly places: readonly Share[];
  readonly functions: readonly Share[];
}

/** Rows of a table: what takes less is left out. */
const ROWS = 15;

export async function profiled(run: () => Promise<unknown>): Promise<Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await run();
    return summaryOf((await session.post('Profiler.stop')).profile);
  } finally {
    session.disconnect();
  }
}

/** Neither the idle thread nor the profiler itself, which takes a while to start. */
function isWork({ functionName, url }: Frame): boolean {
  return functionName !== '(idle)' && url !== 'node:inspector';
}

/** The time of each function itself, without what it calls. */
export function summaryOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    if (frame === undefined || !isWork(frame)) continue;
    total += time;
    add(places, placeOf(frame), time);
    add(functions, nameOf(frame), time);
  }
  return { places: largest(places, total), functions: largest(functions, total) };
}

function add(times: Map<string, number>, name: string, time: number): void {
  times.set(name, (times.get(name) ?? 0) + time);
}

function largest(times: ReadonlyMap<string, number>, total: number): Share[] {
  return [...times]
    .map(([name, time]) => ({ name, share: time / total }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, ROWS)
    .filter(({ share }) => share >= 0.005);
}

type Frame = Profiler.ProfileNode['callFrame'];

function placeOf({ functionName, url }: Frame): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (name !== undefined) return name;
  const [, folder] = /\/(runtime\/(?:[^/]+\/)?)/.exec(url) ?? [];
  if (folder !== undefined) return folder;
  if (url.includes('/test/bench/')) return 'the benchmark';
  return url.startsWith('node:') ? 'Node, JavaScript' : 'Node and V8, native';
}

function nameOf({ functionName, url }: Frame): string {
  const file = url.replace(/^.*\/(?=(runtime|node_modules|test)\/)/, '').replace('node_modules/', '');
  return [functionName || '(anonymous)', file].filter((part) => part !== '').join(', ');
}
