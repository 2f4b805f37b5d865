import * as v from 'valibot';
import { checkedRules } from '../faults/index.ts';

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
