import type { Scene, Step } from './step.ts';

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
