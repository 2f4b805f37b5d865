import { EXIT } from '../exit-codes.ts';

/** Why a run stops before its input ends. */
export type StopReason =
  | { readonly type: 'interrupted' }
  | { readonly type: 'deadline' }
  /** An error that every later message would meet too. */
  | { readonly type: 'refused'; readonly error: Error };

/** Stops a run once; the first reason counts. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<() => void>();
  #reason: StopReason | undefined;

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when `change` does, or when the run is stopped. It leaves nothing behind, so it can be called for each message. */
  orStopped(change: Promise<void>): Promise<void> {
    if (this.#reason !== undefined) return Promise.resolve();
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    this.#waiting.add(stop);
    return Promise.race([change, stopped]).finally(() => this.#waiting.delete(stop));
  }

  interrupted(): void {
    this.#stop({ type: 'interrupted' });
  }

  deadline(): void {
    this.#stop({ type: 'deadline' });
  }

  refused(error: Error): void {
    this.#stop({ type: 'refused', error });
  }

  #stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller.abort(new Error(reason.type));
    for (const stop of this.#waiting) stop();
  }
}

/** How a run of the producer ended. */
export interface RunEnd {
  readonly stopped: StopReason | undefined;
  /** 130 or 143 when a signal came. */
  readonly interruptedCode: number | undefined;
  /** All that was asked for was taken: the input to its end, or `--count` messages. */
  readonly isComplete: boolean;
  readonly notStored: number;
  readonly inputFailed: boolean;
  readonly outputLost: boolean;
  readonly failedLinesIncomplete: boolean;
  readonly storedInSecondary: number;
  /** Messages that wait on disk, those of earlier processes included. */
  readonly inOutbox: number;
  /** Messages that were on disk when its files were removed. */
  readonly lost: number;
}

/** The exit code of a run, by what weighs most. */
export function producerExitCode(end: RunEnd): number {
  if (end.stopped?.type === 'refused') return EXIT.usage;
  const isUnfinished = !end.isComplete || end.notStored > 0 || end.lost > 0;
  if (end.interruptedCode !== undefined && isUnfinished) return end.interruptedCode;
  if (isUnfinished || end.inputFailed || end.outputLost || end.failedLinesIncomplete) return EXIT.failed;
  if (end.inOutbox > 0) return EXIT.outbox;
  return end.storedInSecondary > 0 ? EXIT.failedOver : EXIT.done;
}
