/** Why a run stops before its input ends. */
export type StopReason =
  | { readonly type: 'interrupted' }
  | { readonly type: 'deadline' }
  /** An error that every later message would meet too. */
  | { readonly type: 'refused'; readonly error: Error };

/** Stops a run once; the first reason counts. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #reason: StopReason | undefined;

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopped(): Promise<void> {
    return this.#stopped.promise;
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
    this.#stopped.resolve();
  }
}
