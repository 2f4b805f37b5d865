import type { MovableClock } from '../clock.ts';
import type { EmulatedRegion } from '../region/index.ts';
import type { CheckedScenario } from './scenario.ts';

interface Stage {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  /** Told what is done, step by step. */
  readonly say: (line: string) => void;
}

/** Plays a scenario from now on. Returns what stops it. */
export function play({ steps }: CheckedScenario, { regions, clock, say }: Stage): () => void {
  const stops = steps.map((step) =>
    clock.after(step.atMs, () => {
      if (step.say !== undefined) say(step.say);
      for (const [name, region] of regions) {
        if (step.faults === undefined || (step.region ?? name) !== name) continue;
        region.setFaults(step.faults).catch((error: unknown) => say(`${name}: ${String(error)}`));
      }
      if (step.advanceMs !== undefined) clock.advance(step.advanceMs);
    }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
