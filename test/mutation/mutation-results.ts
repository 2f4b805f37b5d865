import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('results.json', import.meta.url));

/** What Stryker reports of a mutant, as far as it is used here. */
export interface Mutant {
  readonly status: string;
  readonly replacement?: string | undefined;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

/** A mutant that no test noticed. */
export interface Survivor {
  readonly line: number;
  /** The line of the source, and what the part of it that begins at `column` was changed to. */
  readonly code: string;
  readonly column: number;
  readonly replacement: string;
}

export interface FileResult {
  readonly commit: string;
  readonly date: string;
  readonly mutants: number;
  readonly left: readonly Survivor[];
}

/** By path, the latest of each file. */
export type MutationResults = Readonly<Record<string, FileResult>>;

export function readMutationResults(): MutationResults {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as MutationResults) : {};
}

/** Replaces the results of these files. */
export function keepMutationResults(found: MutationResults): void {
  const all = { ...readMutationResults(), ...found };
  const kept = Object.entries(all).filter(([path]) => existsSync(path));
  const sorted = Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}

const KILLED = ['Killed', 'Timeout'];
const LEFT = ['Survived', 'NoCoverage'];

/** Undefined for a file without a mutant that compiles. */
export function resultOf(source: string, mutants: readonly Mutant[], commit: string): FileResult | undefined {
  const lines = source.split('\n');
  const tried = mutants.filter(({ status }) => KILLED.includes(status) || LEFT.includes(status));
  if (tried.length === 0) return undefined;
  const left = tried
    .filter(({ status }) => LEFT.includes(status))
    .map(({ replacement, location: { start } }) => ({
      line: start.line,
      code: (lines[start.line - 1] ?? '').trim(),
      column: start.column,
      replacement: (replacement ?? '').replaceAll(/\s+/g, ' '),
    }));
  return { commit, date: new Date().toISOString().slice(0, 10), mutants: tried.length, left };
}

export function commitNow(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
