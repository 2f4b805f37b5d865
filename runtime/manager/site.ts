import type { Clock } from '../clock.ts';
import {
  afterCall,
  afterFailure,
  afterSuccess,
  countCall,
  hasFreeTurn,
  startCallRate,
  takeTurn,
  UNKNOWN_PACE,
  WELL,
  type CallFailure,
  type CallPace,
  type CallRate,
  type RegionHealth,
} from '../core/index.ts';
import type { Role } from '../events.ts';
import type { EncodedMessage, PutEntry, Region, StreamRef } from '../region.ts';
import { probe } from '../streams/index.ts';

/** Finds (or makes) the stream of a site. May take long; rejects with an `HaError`. */
export type Locate = (signal: AbortSignal) => Promise<StreamRef>;

/** One of the two places that messages can go to: a region, its stream, and what this process thinks of its health. */
export class Site {
  readonly role: Role;
  readonly region: Region;
  /** Deliveries that are trying here now. */
  deliveries = 0;
  #stream: StreamRef | undefined;
  readonly #locate: Locate;
  readonly #clock: Clock;
  #health: RegionHealth = WELL;
  #rate: CallRate;
  #pace: CallPace = UNKNOWN_PACE;
  #left = new AbortController();
  #locating: Promise<void> | undefined;

  constructor(role: Role, region: Region, stream: StreamRef | undefined, locate: Locate, clock: Clock) {
    this.role = role;
    this.region = region;
    this.#stream = stream;
    this.#locate = locate;
    this.#clock = clock;
    this.#rate = startCallRate(clock.now());
  }

  get name(): string {
    return this.region.name;
  }

  get stream(): StreamRef | undefined {
    return this.#stream;
  }

  get health(): RegionHealth {
    return this.#health;
  }

  /** Aborts when the region is left (also at the end): whoever waits to try here again can go elsewhere. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** Waits for this call's turn: at once while the region is well, at the pace of before while it is suspect. */
  async turn(): Promise<void> {
    if (this.#health.state === 'up') {
      this.#rate = countCall(this.#rate, this.#clock.now());
      return;
    }
    const waitMs = this.takeTurn();
    if (waitMs > 0) await this.#clock.sleep(waitMs, { signal: this.left });
  }

  /** PutMessages. */
  async put(messages: readonly EncodedMessage[], signal: AbortSignal): Promise<PutEntry[]> {
    if (this.#stream === undefined) throw new TypeError(`no stream is known in ${this.name}`);
    return this.region.put(this.#stream, messages, { signal });
  }

  /** Whether the region answers a put of nothing (streams/probe.ts); null when it does. */
  async probe(signal: AbortSignal): Promise<CallFailure | null> {
    if (this.#stream === undefined) return { type: 'local', detail: `no stream is known in ${this.name}` };
    return probe(this.region, this.#stream, { signal });
  }

  get hasFreeTurn(): boolean {
    return hasFreeTurn(this.#rate, this.#clock.now());
  }

  /** The stream, found by somebody else; one that is known already stays. */
  found(stream: StreamRef): void {
    this.#stream ??= stream;
  }

  /** Counts a probe against the rate. */
  takeTurn(): number {
    const { waitMs, rate } = takeTurn(this.#rate, this.#clock.now());
    this.#rate = rate;
    return waitMs;
  }

  /** Whether the stream is known, after at most `patienceMs` of looking for it; the look goes on behind. */
  async located(patienceMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#stream !== undefined) return true;
    this.#locating ??= this.#locate(signal)
      .then((stream) => {
        this.#stream = stream;
      })
      // What went wrong was told by whoever looked (events); here it only means: not yet.
      .catch(() => {})
      .finally(() => {
        this.#locating = undefined;
      });
    await Promise.race([this.#locating, this.#clock.sleep(patienceMs, { signal })]);
    return this.#stream !== undefined;
  }

  succeeded(): void {
    this.#health = afterSuccess(this.#health);
  }

  /** A call was answered well after `tookMs`. Says whether the region became slow by it, or prompt again. */
  paced(tookMs: number, requestTimeoutMs: number): 'degraded' | 'prompt-again' | undefined {
    const before = this.#pace;
    this.#pace = afterCall(before, tookMs, requestTimeoutMs);
    if (this.#pace.slow === before.slow) return undefined;
    return this.#pace.slow ? 'degraded' : 'prompt-again';
  }

  /** Of its latest calls. */
  get medianMs(): number {
    return this.#pace.medianMs;
  }

  failed(failure: CallFailure, startedAt: number): void {
    this.#health = afterFailure(this.#health, failure, startedAt);
  }

  /** Judged down. */
  leave(): void {
    if (this.#health.state === 'suspect') {
      this.#health = { state: 'down', since: this.#clock.now(), evidence: this.#health.evidence };
    }
    this.#left.abort(new Error(`${this.name} was left`));
  }

  /** Takes messages again. */
  enter(): void {
    this.#health = WELL;
    this.#pace = UNKNOWN_PACE;
    this.#left = new AbortController();
  }

  /** The stream is gone: it has to be found or made anew. */
  forget(): void {
    this.#stream = undefined;
  }
}
