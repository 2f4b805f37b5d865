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
