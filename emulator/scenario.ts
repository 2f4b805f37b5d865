import * as v from 'valibot';
import type { MovableClock } from './clock.ts';
import type { EmulatedRegion } from './emulated-region.ts';
import { checkedRules } from './faults/fault-rule.ts';

/** The fault rules of a step, checked like all fault rules. */
const Rules = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return checkedRules(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  }),
);

const Step = v.strictObject({
  /** Milliseconds after the start, or after the step's cue. Default 0. */
  atMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
  /** The step waits for this cue (`POST /cues/{name}`), for example until a client has made progress. */
  cue: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+$/, 'may contain letters, digits, _ and - only'))),
  /** Default: every region. */
  region: v.optional(v.string()),
  /** Replaces all fault rules; `[]` removes them. */
  faults: v.optional(Rules),
  /** Moves the regions' clock. */
  advanceMs: v.optional(v.pipe(v.number(), v.finite())),
  /** A line for people. */
  say: v.optional(v.string()),
});

const Scenario = v.strictObject({
  /** Makes the random choices of the fault rules, and of partitions for messages without a key, the same in each run. */
  seed: v.optional(v.pipe(v.number(), v.safeInteger())),
  steps: v.array(Step),
});

/** A timeline of faults. */
export type Scenario = v.InferInput<typeof Scenario>;
export type CheckedScenario = v.InferOutput<typeof Scenario>;

export class ScenarioError extends Error {}

/** Throws a `ScenarioError` that names the step and the field. */
export function checkedScenario(input: unknown, regions: readonly string[]): CheckedScenario {
  const result = v.safeParse(Scenario, input);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ScenarioError(`${v.getDotPath(issue) ?? 'scenario'}: ${issue.message}`);
  }
  for (const [index, { region }] of result.output.steps.entries()) {
    if (region !== undefined && !regions.includes(region)) {
      throw new ScenarioError(
        `steps.${index}.region: ${region} is not a region here; there are ${regions.join(', ')}`,
      );
    }
  }
  return result.output;
}

type Step = CheckedScenario['steps'][number];

interface PlayerContext {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  /** Receives the `say` lines of the steps. */
  readonly say: (line: string) => void;
}

/** Runs the steps of a scenario at their times. */
export class ScenarioPlayer {
  /** The cues that steps wait for. */
  readonly cues: readonly string[];
  readonly #steps: readonly Step[];
  readonly #context: PlayerContext;
  readonly #cancellations = new Map<Step, () => void>();
  #isStopped = false;

  constructor({ steps }: CheckedScenario, context: PlayerContext) {
    this.#steps = steps;
    this.#context = context;
    this.cues = [...new Set(steps.flatMap(({ cue }) => cue ?? []))];
  }

  /**
   * Starts the steps of `cue`, or without it the steps that have no cue. A cue that is given again starts its steps again. Resolves when
   * the steps without delay are done.
   */
  async begin(cue?: string): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    for (const step of this.#steps.filter((each) => each.cue === cue)) {
      if (this.#isStopped) return;
      this.#cancellations.get(step)?.();
      if (step.atMs === 0) await this.#runStep(step, startedAt);
      else
        this.#cancellations.set(
          step,
          clock.after(step.atMs, () => void this.#runStep(step, startedAt + step.atMs)),
        );
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancellations.values()) cancel();
  }

  /** Faults count from `due`, even if the clock was moved past it: a fault of 5 s may be over already. */
  async #runStep({ say, faults, region: only, advanceMs }: Step, due: number): Promise<void> {
    const { regions, clock, say: tell } = this.#context;
    if (say !== undefined) tell(say);
    const changed = [...regions].map(async ([name, region]) => {
      if (faults === undefined || (only ?? name) !== name) return;
      await region
        .setFaults(faults, Math.min(due, clock.now()))
        .catch((error: unknown) => tell(`${name}: ${String(error)}`));
    });
    if (advanceMs !== undefined) clock.advance(advanceMs);
    await Promise.all(changed);
  }
}
