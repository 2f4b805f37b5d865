/** The calls that have begun and not ended, so that closing can wait for them. */
export class CallsUnderWay {
  readonly #calls = new Set<Promise<void>>();

  /** Gives the call back as it is. */
  track<T>(call: Promise<T>): Promise<T> {
    const ended = call.then(
      () => {},
      () => {}, // its caller hears of it
    );
    this.#calls.add(ended);
    void ended.then(() => this.#calls.delete(ended));
    return call;
  }

  /** Resolves when all that have begun by now have ended. */
  async end(): Promise<void> {
    await Promise.all(this.#calls);
  }
}
