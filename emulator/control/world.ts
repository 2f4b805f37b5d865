import type { MovableClock } from '../clock.ts';
import type { EmulatedRegion } from '../region/index.ts';
import type { ScenarioPlayer } from '../scenario/index.ts';

/** What the control listener works on. */
export interface World {
  readonly regions: ReadonlyMap<string, EmulatedRegion>;
  readonly clock: MovableClock;
  readonly player: ScenarioPlayer;
  /** Where streams are made that name no other. */
  readonly compartmentId: () => Promise<string>;
}
