import type { Clock } from '../clock.ts';
import {
  activeRole,
  nextTime,
  OTHER,
  route,
  startRouting,
  takeTurn,
  type CallFailure,
  type Hold,
  type LeaseTerms,
  type ProbePurpose,
  type RecordedRouting,
  type Role,
  type RoutingEffect,
  type RoutingEvent,
  type RoutingStart,
  type RoutingState,
} from '../core/index.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Region, StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { probe, PROBE_TIMEOUT_MS, type Located, type StandbyCheck } from '../streams/index.ts';

/** Records which region is active. Neither method rejects: a failure is an event, and the write is retried. */
export interface ActiveRegionSink {
  /** Resolves when the record is on disk. */
  write(record: RecordedRouting, region: string): Promise<void>;
  remember(memory: { lastFailbackAt: number | undefined; reason: string; hold: Hold | undefined }): void;
  close(): Promise<void>;
}

export type RouterStart = Omit<RoutingStart, 'now' | 'regions' | 'limits'>;

export interface RouterParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly regions: Readonly<Record<Role, Region>>;
  /** Finds the stream of a target; creates the secondary's when there is none. One attempt, which may take long. */
  readonly locate: Readonly<Record<Role, (signal: AbortSignal) => Promise<Located>>>;
  /** Searches for the secondary's stream; creates none. */
  readonly checkStandby: (signal: AbortSignal) => Promise<StandbyCheck>;
  readonly sink: ActiveRegionSink;
  readonly start: RouterStart;
}

/** A lease with the region's client and the signal of its end. */
export interface Lease extends LeaseTerms {
  readonly region: Region;
  /** Aborts when the epoch ends: a sender that waits then needs another lease. */
  readonly ended: AbortSignal;
}

/** The state of routing that the producer's handle shows. */
export interface RoutingStatus {
  readonly active:
    | {
        readonly role: Role;
        readonly region: string;
        readonly stream: StreamRef | undefined;
        readonly sinceMs: number;
      }
    | undefined;
  readonly switches: number;
  readonly standbyProblem: string | undefined;
}

/** Decides with `core/routing` which target takes writes, and executes its effects. It holds no other state. */
export class Router {
  readonly #parts: RouterParts;
  readonly #closing = new AbortController();
  #state: RoutingState;
  #epochEnds = new AbortController();
  #changed = Promise.withResolvers<void>();
  /** Resolves when a target begins or ceases to take messages. */
  #turned = Promise.withResolvers<void>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #closed: Promise<void> | undefined;
  /** In the order of the steps, also when an effect (a listener) causes another step. */
  readonly #effects: Exclude<RoutingEffect, { type: 'grant' }>[] = [];
  #isExecuting = false;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    const { clock, settings, regions, start } = parts;
    const names = { primary: regions.primary.name, secondary: regions.secondary.name };
    this.#state = startRouting({ ...start, now: clock.now(), regions: names, limits: settings });
    this.#handle({ type: 'time', at: clock.now() });
  }

  /** Aborts the calls under way when the router closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get status(): RoutingStatus {
    const role = activeRole(this.#state);
    const { targets, epoch } = this.#state;
    const active =
      role === undefined || !('since' in this.#state)
        ? undefined
        : {
            role,
            region: targets[role].region,
            stream: targets[role].stream,
            sinceMs: this.#parts.clock.now() - this.#state.since,
          };
    return { active, switches: epoch - 1, standbyProblem: targets[OTHER[role ?? 'primary']].problem };
  }

  /** Whether the active region refused single entries lately, so that requests should hold one message per key. */
  get refusesSingly(): boolean {
    const role = activeRole(this.#state);
    return role !== undefined && this.#state.targets[role].singleRefusals.until > this.#parts.clock.now();
  }

  /** Whether a target takes messages now. */
  get takesMessages(): boolean {
    return activeRole(this.#state) !== undefined;
  }

  /** Resolves when a target takes messages (`true`), or none does (`false`); at once when it is so already. */
  async when(takesMessages: boolean): Promise<void> {
    while (this.takesMessages !== takesMessages) await this.#turned.promise;
  }

  /**
   * A lease for the active target. Waits while no region takes messages. @throws HaError `CLOSED` when the router is
   * closed.
   */
  async acquire(): Promise<Lease> {
    for (;;) {
      const changed = this.#changed.promise;
      const lease = this.#handle({ type: 'lease-wanted', at: this.#parts.clock.now() });
      if (lease !== undefined) {
        return { ...lease, region: this.#parts.regions[lease.role], ended: this.#epochEnds.signal };
      }
      if (this.#closing.signal.aborted) throw new HaError('CLOSED', 'The producer is closed.');
      await changed;
    }
  }

  /**
   * Waits until this call may be made: while the region is suspect, calls keep the rate of before (INV-9). Ends early
   * with the epoch.
   */
  async takeTurn(lease: Lease): Promise<void> {
    const { clock } = this.#parts;
    const { state, waitMs } = takeTurn(this.#state, lease, clock.now());
    this.#state = state;
    if (waitMs > 0) await clock.sleep(waitMs, { signal: lease.ended });
  }

  /** The result of a call for messages. */
  report(event: Extract<RoutingEvent, { epoch: number }>): void {
    this.#handle(event);
  }

  /** Another process, or a person, changed the record. */
  recordChanged(record: RecordedRouting): void {
    this.#handle({ type: 'record-changed', at: this.#parts.clock.now(), ...record });
  }

  command(command: Extract<RoutingEvent, { type: 'command' }>['command'], by: string, why: string): void {
    this.#handle({ type: 'command', at: this.#parts.clock.now(), command, by, why });
  }

  /** Ends waits and calls under way, writes the record, closes the connections. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { clock, regions, settings, sink } = this.#parts;
    this.#handle({ type: 'closed', at: clock.now() });
    this.#closing.abort(new HaError('CLOSED', 'The producer is closed.'));
    this.#timer?.cancel();
    const timeUp = Promise.withResolvers<void>();
    const cancel = clock.after(settings.closeTimeoutMs, timeUp.resolve);
    const closings = [sink, regions.primary, regions.secondary].map(async (each) => each.close());
    await Promise.race([Promise.allSettled(closings), timeUp.promise]);
    cancel();
  }

  /** Takes a step and executes its effects. Returns the lease, if the step granted one. */
  #handle(event: RoutingEvent): LeaseTerms | undefined {
    const { state, effects } = route(this.#state, event, this.#parts.settings);
    const tookMessages = this.takesMessages;
    this.#state = state;
    if (this.takesMessages !== tookMessages) {
      this.#turned.resolve();
      this.#turned = Promise.withResolvers();
    }
    let lease: LeaseTerms | undefined;
    for (const effect of effects) {
      if (effect.type === 'grant') ({ lease } = effect);
      else this.#effects.push(effect);
    }
    this.#executeAll();
    this.#schedule();
    return lease;
  }

  #executeAll(): void {
    if (this.#isExecuting) return;
    this.#isExecuting = true;
    try {
      for (let next = this.#effects.shift(); next !== undefined; next = this.#effects.shift()) {
        this.#execute(next);
      }
    } finally {
      this.#isExecuting = false;
    }
  }

  #execute(effect: Exclude<RoutingEffect, { type: 'grant' }>): void {
    const { emit, sink, regions } = this.#parts;
    switch (effect.type) {
      case 'announce':
        return emit(effect.news);
      case 'locate':
        return this.#locate(effect.role);
      case 'probe':
        return this.#probe(effect.role, effect.stream, effect.purpose);
      case 'check-standby':
        if (effect.stream === undefined) return this.#checkStandby();
        return this.#probe('secondary', effect.stream, 'standby');
      case 'write-record': {
        const { record } = effect;
        const written = (): void =>
          void this.#handle({ type: 'record-written', at: this.#parts.clock.now() });
        started(() => sink.write(record, regions[record.active].name)).then(written, written);
        return;
      }
      case 'remember': {
        const { lastFailbackAt, reason, hold } = effect;
        started(() => sink.remember({ lastFailbackAt, reason, hold })).catch((error: unknown) => {
          const message = `A restart will not know the last failback, the reason and the hold: ${thrownInWords(error)}`;
          emit({ type: 'warning', code: 'state-not-written', message });
        });
        return;
      }
      case 'end-epoch': {
        const ends = this.#epochEnds;
        this.#epochEnds = new AbortController();
        return ends.abort(new EpochEnded());
      }
      case 'wake': {
        const { resolve } = this.#changed;
        this.#changed = Promise.withResolvers();
        return resolve();
      }
    }
  }

  #locate(role: Role): void {
    const { clock, locate } = this.#parts;
    const told = (located: Located): void => {
      const at = clock.now();
      if (located.type === 'located') this.#handle({ type: 'located', at, role, stream: located.stream });
      else this.#handle({ ...located, at, role });
    };
    started(() => locate[role](this.#closing.signal))
      .then(told)
      .catch((error: unknown) => {
        const problem = thrownInWords(error);
        told({ type: 'not-located', problem, unreachable: false, retryInMs: LOCATE_PAUSE_MS });
      });
  }

  #probe(role: Role, stream: StreamRef, purpose: ProbePurpose): void {
    const { clock, regions } = this.#parts;
    const startedAt = clock.now();
    const { ocid } = stream;
    const limitMs = PROBE_TIMEOUT_MS;
    const told = (failure: CallFailure | undefined): void =>
      void this.#handle({
        type: 'probed',
        at: clock.now(),
        role,
        startedAt,
        limitMs,
        purpose,
        ocid,
        failure,
      });
    void probe(regions[role], stream, { signal: this.#closing.signal }).then(told);
  }

  #checkStandby(): void {
    const { clock, checkStandby } = this.#parts;
    started(() => checkStandby(this.#closing.signal))
      .then(
        ({ stream, problem }) =>
          void this.#handle({ type: 'standby-checked', at: clock.now(), stream, problem }),
      )
      // An unexpected error tells nothing about the standby; the next check comes in minutes.
      .catch(() => {});
  }

  #schedule(): void {
    const { clock } = this.#parts;
    const at = nextTime(this.#state);
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Infinity) return;
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#timer = undefined;
      this.#handle({ type: 'time', at: Math.max(at, clock.now()) });
    });
    this.#timer = { at, cancel };
  }
}

/** The reason of an aborted wait: the target was left, or the router closed. */
class EpochEnded extends Error {
  override readonly name = 'EpochEnded';
}

/** The pause after an unexpected error in a search, in ms. */
const LOCATE_PAUSE_MS = 5_000;

/** Turns a throw into a rejection (`Promise.try`, which Node 22 does not have). */
async function started<T>(task: () => T | Promise<T>): Promise<T> {
  return task();
}
