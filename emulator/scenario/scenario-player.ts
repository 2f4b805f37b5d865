import type { MovableClock } from '../clock.ts';
import type { EmulatedRegion } from '../region/index.ts';
import type { CheckedScenario } from './scenario.ts';

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
