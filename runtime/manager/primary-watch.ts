import type { Clock } from '../clock.ts';
import {
  afterProbe,
  inShort,
  mayFailBack,
  nextProbeMs,
  SILENT,
  type CallFailure,
  type Recovery,
} from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import { PROBE_TIMEOUT_MS } from '../streams/index.ts';
import type { Site } from './site.ts';

interface WatchParts {
  readonly primary: Site;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/**
 * While the secondary is active: asks the primary, rarely, whether it is well again, and lets one real batch try when it
 * has been for long enough. Nobody else asks the primary in that time.
 */
export class PrimaryWatch {
  readonly #parts: WatchParts;
  #recovery: Recovery = SILENT;
  #trialOut = false;
  #lastFailbackAt: number | undefined;
  #leftAt: number;
  #stay = new AbortController();

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#leftAt = parts.clock.now();
  }

  /** For people: `silent`, `healing` or `ready`. */
  get phase(): Recovery['phase'] {
    return this.#recovery.phase;
  }

  /** The primary was left just now. */
  left(): void {
    this.#leftAt = this.#parts.clock.now();
  }

  /** The secondary is active from now on. */
  start(closing: AbortSignal): void {
    this.stop();
    this.#stay = new AbortController();
    const signal = AbortSignal.any([this.#stay.signal, closing]);
    void this.#probe(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** The secondary is not active any more. */
  stop(): void {
    this.#recovery = SILENT;
    this.#stay.abort(new Error('the primary is not watched any more'));
  }

  /** True at most once until the trial has ended: the next batch may try the primary. */
  claimTrial(): boolean {
    const { settings, clock } = this.#parts;
    if (this.#trialOut || !mayFailBack(this.#recovery, this.#lastFailbackAt, clock.now(), settings))
      return false;
    this.#trialOut = true;
    return true;
  }

  /** Gives how long the primary was away, in ms. */
  trialStored(): number {
    this.#trialOut = false;
    this.#lastFailbackAt = this.#parts.clock.now();
    return this.#lastFailbackAt - this.#leftAt;
  }

  /** The minute starts again. */
  trialFailed(failure: string): void {
    const { clock, emit, primary } = this.#parts;
    this.#trialOut = false;
    this.#recovery = { phase: 'healing', since: clock.now() };
    emit({ type: 'trial-failed', region: primary.name, failure });
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { settings, clock, emit, primary } = this.#parts;
    for (;;) {
      await clock.sleep(nextProbeMs(this.#recovery, settings), { signal });
      const located = await primary.located(PROBE_TIMEOUT_MS, signal);
      const failure = located ? await primary.probe(signal) : undefined;
      this.#recovery = afterProbe(this.#recovery, failure === null, clock.now(), settings);
      emit({
        type: 'probe',
        region: primary.name,
        answered: failure === null,
        detail: inWords(failure),
        phase: this.#recovery.phase,
      });
    }
  }
}

function inWords(failure: CallFailure | null | undefined): string {
  if (failure === undefined) return 'its stream cannot be found';
  return failure === null ? 'answered' : inShort(failure);
}
