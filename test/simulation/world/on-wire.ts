/** Which messages are in a call just now, or were in one. */
export class OnWire {
  readonly #calls = new Map<string, { open: number; endedAt: number }>();

  begins(value: string): void {
    const call = this.#calls.get(value);
    if (call === undefined) this.#calls.set(value, { open: 1, endedAt: 0 });
    else call.open++;
  }

  ends(value: string, at: number): void {
    const call = this.#calls.get(value);
    if (call === undefined) return;
    call.open--;
    call.endedAt = at;
  }

  /** When the last call with it ended; `Infinity`: one is under way; undefined: it was in none. */
  lastAt(value: string): number | undefined {
    const call = this.#calls.get(value);
    return call === undefined || call.open === 0 ? call?.endedAt : Infinity;
  }
}
