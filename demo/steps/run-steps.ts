import type { Journal } from '../journal/journal.ts';
import type { Outage } from '../outages.ts';
import type { Control } from '../programs/control-client.ts';
import type { Program } from '../programs/program.ts';
import type { Payments } from '../sandbox/payments.ts';

/** What became of a step. */
export type Outcome =
  | { readonly title: string; readonly happened: true; readonly proof: string }
  | { readonly title: string; readonly happened: false; readonly why: string };

/** Hears how the story goes. */
export interface Audience {
  begins(step: Step): void;
  ends(outcome: Outcome): void;
}

/**
 * Plays the steps one after the other, until one does not happen: nothing after it could be believed. `cancelled` ends it
 * too; its reason is thrown.
 */
export async function play(
  steps: readonly Step[],
  scene: Scene,
  audience: Audience,
  signals: { readonly cancelled: AbortSignal; readonly failed: AbortSignal },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    audience.begins(step);
    const outcome = await outcomeOf(step, scene, AbortSignal.any([signals.cancelled, signals.failed]));
    signals.cancelled.throwIfAborted();
    audience.ends(outcome);
    outcomes.push(outcome);
    if (!outcome.happened) break;
  }
  return outcomes;
}

async function outcomeOf(
  { title, withinMs, play }: Step,
  scene: Scene,
  ending: AbortSignal,
): Promise<Outcome> {
  const limit = AbortSignal.timeout(withinMs);
  const signal = AbortSignal.any([ending, limit]);
  try {
    return { title, happened: true, proof: await Promise.race([play(scene, signal), aborted(signal)]) };
  } catch (error) {
    const late = limit.aborted && !ending.aborted;
    const why = late ? `did not happen within ${withinMs / 1_000} s` : (error as Error).message;
    return { title, happened: false, why };
  }
}

/** Never resolves. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

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
