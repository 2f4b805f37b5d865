import type { Journal } from '../journal/index.ts';
import type { Outage } from '../outages.ts';
import type { Control, Program } from '../programs/index.ts';
import type { Payments } from '../stage/index.ts';

/** Everything that a step can act on and look at. */
export interface Scene {
  readonly outage: Outage;
  readonly journal: Journal;
  readonly control: Control;
  readonly producer: Program;
  readonly consumer: Program;
  readonly payments: Payments;
  /** The lines of stream.properties. */
  readonly recordLines: () => Promise<string[]>;
  /** What `env` prints. */
  readonly environmentLines: () => Promise<string[]>;
  /** Shows what a file or a program says, under a heading. */
  readonly quote: (heading: string, lines: readonly string[]) => void;
}

/** One part of the story. */
export interface Step {
  readonly title: string;
  /** What is waited for, for the status on a terminal. */
  readonly awaits: string;
  /** It has not happened if it takes longer. Generous: a busy machine is no failure. */
  readonly withinMs: number;
  /** Does its part and sees that it happened; gives the proof in words. Rejects with the signal's reason. */
  readonly play: (scene: Scene, signal: AbortSignal) => Promise<string>;
}

/** A step whose proof is not what it has to be. */
export class Disproved extends Error {}
