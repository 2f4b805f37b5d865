import type { MovableClock } from '../clock.ts';
import { checkedRules, FaultBook, type FaultRule, type FaultStatus } from '../faults/index.ts';
import { openListener, regionHandler, Tally, type Listener, type RegionParts } from '../http/index.ts';
import { newRegion, type RegionRules, type RegionState } from '../state/index.ts';

export interface RegionPlace {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** One region: what it knows, where it listens, and what is going wrong with it. */
export class EmulatedRegion {
  readonly parts: RegionParts;
  readonly #clock: MovableClock;
  readonly #listener: Listener;
  #stopWaiting: () => void = () => {};

  static async open(place: RegionPlace, rules: RegionRules, clock: MovableClock): Promise<EmulatedRegion> {
    const state = newRegion(place.name, '', rules);
    const parts = { state, faults: new FaultBook(), tally: new Tally(), clock };
    const listener = await openListener(place.host, place.port, regionHandler(parts));
    state.messagesEndpoint = listener.url;
    return new EmulatedRegion(parts, clock, listener);
  }

  private constructor(parts: RegionParts, clock: MovableClock, listener: Listener) {
    this.parts = parts;
    this.#clock = clock;
    this.#listener = listener;
  }

  get state(): RegionState {
    return this.parts.state;
  }

  get url(): string {
    return this.#listener.url;
  }

  faults(): FaultStatus[] {
    return this.parts.faults.list(this.#clock.now());
  }

  /** These rules and no others, from now on. Done when connections are refused, or taken again, as they say. */
  setFaults(rules: unknown): Promise<void> {
    this.parts.faults.set(checkedRules(rules), this.#clock.now());
    return this.#followRefusal();
  }

  addFaults(rules: FaultRule | readonly FaultRule[]): Promise<void> {
    this.parts.faults.add(checkedRules(rules), this.#clock.now());
    return this.#followRefusal();
  }

  close(): Promise<void> {
    this.#stopWaiting();
    return this.#listener.close();
  }

  /** Opens or closes the port as the rules have it, and again when the last refusal is over. */
  #followRefusal(): Promise<void> {
    this.#stopWaiting();
    const now = this.#clock.now();
    const until = this.parts.faults.refusingUntil(now);
    if (until === undefined) return this.#listener.accept();
    if (until < Infinity) {
      this.#stopWaiting = this.#clock.after(until - now, () => {
        this.#followRefusal().catch((error: unknown) => {
          process.stderr.write(`emulator: ${this.state.name} cannot listen again: ${String(error)}\n`);
        });
      });
    }
    return this.#listener.refuse();
  }
}
