import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Curve } from './curve.ts';
import type { DayResult } from './day.ts';
import type { PlantedResult } from './planted.ts';

const FILE = fileURLToPath(new URL('results.json', import.meta.url));

export interface RunResult {
  readonly commit: string;
  readonly date: string;
  readonly from: number;
  readonly seeds: number;
  readonly twice: number;
  readonly hours: number;
  readonly minutes: number;
  readonly processorMinutes: number;
  readonly messages: number;
  readonly calls: number;
  readonly failovers: number;
  readonly failbacks: number;
  readonly failing: readonly { readonly seed: number; readonly type: string; readonly detail: string }[];
  /** Seeds and hours by traffic. */
  readonly traffic: Readonly<
    Record<string, { readonly seeds: number; readonly hours: number; readonly messages: number }>
  >;
  /** Seeds by kind of fault in them. */
  readonly faults: Readonly<Record<string, number>>;
}

/** What was measured last, for docs/verified.md. */
export interface Results {
  readonly run?: RunResult;
  readonly planted?: readonly PlantedResult[];
  readonly curve?: Curve;
  readonly day?: DayResult & { readonly commit: string; readonly date: string };
}

export function readResults(): Results {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Results) : {};
}

export function keepResults(change: Results): Results {
  const results = { ...readResults(), ...change };
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}
