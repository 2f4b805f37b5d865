import type { Journal } from '../journal/journal.ts';
import type { Outage } from '../outages.ts';
import type { ControlClient } from '../programs/control-client.ts';
import type { Program } from '../programs/program.ts';
import type { Payments } from '../sandbox/payments.ts';

/** What became of a step. */
export type StepResult =
  | { readonly title: string; readonly happened: true; readonly proof: string }
  | { readonly title: string; readonly happened: false; readonly why: string };

/** Called at the start and the end of each step. */
export interface StepListener {
  onStart(step: Step): void;
  onEnd(result: StepResult): void;
}

/**
 * Runs the steps one after the other. Stops at the first that does not happen, because the later ones depend on it. Rejects with the reason
 * of `cancelled`.
 */
export async function runSteps(
  steps: readonly Step[],
  context: StepContext,
  listener: StepListener,
  signals: { readonly cancelled: AbortSignal; readonly failed: AbortSignal },
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    listener.onStart(step);
    const result = await resultOf(step, context, AbortSignal.any([signals.cancelled, signals.failed]));
    signals.cancelled.throwIfAborted();
    listener.onEnd(result);
    results.push(result);
    if (!result.happened) break;
  }
  return results;
}

async function resultOf(
  { title, withinMs, run }: Step,
  context: StepContext,
  ending: AbortSignal,
): Promise<StepResult> {
  const limit = AbortSignal.timeout(withinMs);
  const signal = AbortSignal.any([ending, limit]);
  try {
    return { title, happened: true, proof: await Promise.race([run(context, signal), aborted(signal)]) };
  } catch (error) {
    const late = limit.aborted && !ending.aborted;
    const why = late ? `did not happen within ${withinMs / 1_000} s` : (error as Error).message;
    return { title, happened: false, why };
  }
}

/** Rejects when the signal aborts, and never resolves. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

/** What a step works with. */
export interface StepContext {
  readonly outage: Outage;
  readonly journal: Journal;
  readonly control: ControlClient;
  /** The producer that runs now. */
  readonly producer: () => Program;
  /** Kills the producer (-9), and starts another one on the same files. */
  readonly killProducer: () => Promise<void>;
  readonly consumer: Program;
  readonly payments: Payments;
  /** The lines of stream.properties. */
  readonly recordLines: () => Promise<string[]>;
  /** What `env` prints. */
  readonly environmentLines: () => Promise<string[]>;
  /** Prints lines of a file or a program under a heading. */
  readonly quote: (heading: string, lines: readonly string[]) => void;
}

/** One step of the demo. */
export interface Step {
  readonly title: string;
  /** What the step waits for, for the status line. */
  readonly waitsFor: string;
  /** The step fails if it takes longer. Long enough for a busy machine. */
  readonly withinMs: number;
  /** Does the step, checks the result, and returns the proof in words. Rejects with the signal's reason. */
  readonly run: (context: StepContext, signal: AbortSignal) => Promise<string>;
}

/** The check of a step failed. */
export class StepFailed extends Error {}
