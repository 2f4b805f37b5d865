import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { Comparison } from './comparison.ts';
import type { Profile } from './profile.ts';

/** What docs/performance.md is made of. */
export const RECORD = fileURLToPath(new URL('results.json', import.meta.url));

/** Of one part, with what it was measured on. */
export interface PartResult {
  readonly run: Run;
  readonly comparisons: readonly Comparison[];
  readonly profiles: Readonly<Record<string, Profile>>;
}

export interface Run {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  /** Load average of the last minute when it began: above the number of cores, others wanted them too. */
  readonly load: number;
  readonly seconds: number;
}

/** By the name of the part. */
export type Results = Readonly<Record<string, PartResult>>;

export function readResults(): Results {
  return existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Results) : {};
}

export function comparisonIn(results: Results, id: string): Comparison | undefined {
  return Object.values(results)
    .flatMap(({ comparisons }) => comparisons)
    .find((each) => each.id === id);
}

/** The run that is going on. */
export function thisRun(args: readonly string[]): Omit<Run, 'seconds'> {
  return {
    command: ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '),
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    load: Math.round(loadavg()[0] ?? 0),
    machine: `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}, ${process.platform}`,
  };
}

/** Of a source that is not in git: unknown. A plus sign: with changes. */
function commit(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty=+', '--exclude=*'], {
    encoding: 'utf8',
  });
  return stdout?.trim() || 'unknown';
}
