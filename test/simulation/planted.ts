import { PLANTED_BUGS } from './planted-bugs.ts';
import { runSeeds } from './run-seeds.ts';

export interface PlantedResult {
  readonly name: string;
  /** Undefined: not found. */
  readonly found: { readonly seed: number; readonly type: string; readonly detail: string } | undefined;
  /** How many seeds were run for it. */
  readonly seeds: number;
}

interface PlantedOptions {
  /** Only bugs whose name holds this text. */
  readonly named: string;
  readonly mostSeeds: number;
  readonly workers: number;
  readonly say: (text: string) => void;
}

/** Runs seeds against each planted bug until one fails. */
export async function findPlanted({
  named,
  mostSeeds,
  workers,
  say,
}: PlantedOptions): Promise<PlantedResult[]> {
  const results: PlantedResult[] = [];
  for (const { name, patches } of PLANTED_BUGS) {
    if (!name.includes(named)) continue;
    let isFound = false;
    const answers = await runSeeds({
      from: 1,
      wanted: (begun) => !isFound && begun < mostSeeds,
      workers,
      twiceEvery: 0,
      patches,
      onAnswer: ({ violations }) => {
        if (violations.length > 0) isFound = true;
      },
    });
    const failing = answers.find(({ violations }) => violations.length > 0);
    const [violation] = failing?.violations ?? [];
    const found =
      failing === undefined || violation === undefined
        ? undefined
        : { seed: failing.seed, type: violation.type, detail: violation.detail };
    results.push({ name, found, seeds: answers.length });
    say(
      found === undefined
        ? `NOT FOUND in ${answers.length} seeds: ${name}`
        : `seed ${found.seed}: ${found.type}  ${name}\n    ${found.detail.slice(0, 160)}`,
    );
  }
  return results;
}
