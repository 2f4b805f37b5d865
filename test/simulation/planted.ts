import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';
import { runSeeds } from './run-seeds.ts';

export interface PlantedResult {
  readonly name: string;
  /** Undefined: not found. */
  readonly found: { readonly seed: number; readonly type: string; readonly detail: string } | undefined;
  /** How many seeds were run for it. */
  readonly seeds: number;
  /** Of the tree that the bug was planted in: a seed is of the schedules there. */
  readonly commit: string;
}

interface PlantedOptions {
  readonly commit: string;
  /** Only bugs whose name holds this text. */
  readonly named: string;
  readonly mostSeeds: number;
  readonly workers: number;
  readonly onResult: (result: PlantedResult) => void;
}

/** Runs seeds against each planted bug until one fails; so many bugs at a time as there are workers. */
export async function findPlanted(options: PlantedOptions): Promise<PlantedResult[]> {
  const waiting = PLANTED_BUGS.filter(({ name }) => name.includes(options.named));
  const order = waiting.map(({ name }) => name);
  const results: PlantedResult[] = [];
  const work = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await find(bug, options);
      results.push(result);
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, work));
  return results.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

async function find(
  { name, patches }: PlantedBug,
  { mostSeeds, commit }: PlantedOptions,
): Promise<PlantedResult> {
  let isFound = false;
  const answers = await runSeeds({
    from: 1,
    wanted: (begun) => !isFound && begun < mostSeeds,
    workers: 1,
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
  return { name, found, seeds: answers.length, commit };
}
