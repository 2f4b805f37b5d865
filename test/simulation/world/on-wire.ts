import type { Role } from '../../../runtime/core/index.ts';

interface CallsOfMessage {
  open: number;
  endedAt: number;
  /** It was in a call to this region; both. */
  regions: Role | 'both';
}

/** Which messages are in a call just now, or were in one. */
export class OnWire {
  readonly #calls = new Map<string, CallsOfMessage>();

  /** Gives whether it is the first call with it to that region. */
  begins(value: string, role: Role): boolean {
    const calls = this.#calls.get(value);
    if (calls === undefined) {
      this.#calls.set(value, { open: 1, endedAt: 0, regions: role });
      return true;
    }
    calls.open++;
    const isFirst = calls.regions !== role && calls.regions !== 'both';
    if (isFirst) calls.regions = 'both';
    return isFirst;
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
