import * as v from 'valibot';
import type { MovableClock } from './clock.ts';
import type { EmulatedRegion } from './emulated-region.ts';
import { checkedRules } from './faults/fault-rule.ts';

/** The fault rules of a step are checked where rules are checked. */
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
  /** When, counted from the start, or from its cue. Default 0. */
  atMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
  /** Waits until somebody gives this cue: for what depends on more than time, as on how far a client is. */
  cue: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+$/, 'must be made of letters, digits, _ and -'))),
  /** Default: every region. */
  region: v.optional(v.string()),
  /** These rules and no others, from then on; `[]` heals. */
  faults: v.optional(Rules),
  /** Moves the regions' clock. */
  advanceMs: v.optional(v.pipe(v.number(), v.finite())),
  /** What a person is told. */
  say: v.optional(v.string()),
});

const Scenario = v.strictObject({
  /** Makes chance the same at each run: of each rule, and of where a region puts messages without a key. */
  seed: v.optional(v.pipe(v.number(), v.safeInteger())),
  steps: v.array(Step),
});

/** What fails when: a timeline that can be played again. */
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

interface Stage {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  /** Told what is done, step by step. */
  readonly say: (line: string) => void;
}

/** Does the steps of a scenario at their times. */
export class ScenarioPlayer {
  /** The cues that steps wait for. */
  readonly cues: readonly string[];
  readonly #steps: readonly Step[];
  readonly #stage: Stage;
  readonly #stops = new Map<Step, () => void>();

  constructor({ steps }: CheckedScenario, stage: Stage) {
    this.#steps = steps;
    this.#stage = stage;
    this.cues = [...new Set(steps.flatMap(({ cue }) => cue ?? []))];
  }

  /**
   * From now on the steps of `cue` take their time, or without it those that wait for none. Given again, they begin
   * again. Resolves when those without delay are done.
   */
  async begin(cue?: string): Promise<void> {
    const { clock } = this.#stage;
    const begunAt = clock.now();
    for (const step of this.#steps.filter((each) => each.cue === cue)) {
      this.#stops.get(step)?.();
      if (step.atMs === 0) await this.#do(step, begunAt);
      else
        this.#stops.set(
          step,
          clock.after(step.atMs, () => void this.#do(step, begunAt + step.atMs)),
        );
    }
  }

  stop(): void {
    for (const stop of this.#stops.values()) stop();
  }

  /** As if done when it was `due`, also where the clock was moved past that: a fault of 5 s may be over by now. */
  async #do({ say, faults, region: only, advanceMs }: Step, due: number): Promise<void> {
    const { regions, clock, say: tell } = this.#stage;
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
