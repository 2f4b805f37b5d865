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

/** Where it is written down which region is active. Neither method rejects: a failure is an event, and is tried again. */
export interface ActiveRegionSink {
  /** Resolves when it is on disk. */
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
  /** Finds the stream of a target; the secondary's is made when there is none. One try; may take long. */
  readonly locate: Readonly<Record<Role, (signal: AbortSignal) => Promise<Located>>>;
  /** Looks at a secondary whose stream is not known, and makes none. */
  readonly checkStandby: (signal: AbortSignal) => Promise<StandbyCheck>;
  readonly sink: ActiveRegionSink;
  readonly start: RouterStart;
}

/** A lease with what is needed to use it. */
export interface Lease extends LeaseTerms {
  readonly region: Region;
  /** Aborts when the epoch ends: whoever waits to try again asks for another lease. */
  readonly ended: AbortSignal;
}

/** What the producer's handle tells of routing. */
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

/** Which target takes writes now. Executes what core/routing decides, and holds nothing else. */
export class Router {
  readonly #parts: RouterParts;
  readonly #closing = new AbortController();
  #state: RoutingState;
  #epochEnds = new AbortController();
  #changed = Promise.withResolvers<void>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #closed: Promise<void> | undefined;
  /** In the order of the steps that led to them, also when an effect (a listener) leads to another step. */
  readonly #effects: Exclude<RoutingEffect, { type: 'grant' }>[] = [];
  #isExecuting = false;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    const { clock, settings, regions, start } = parts;
    const names = { primary: regions.primary.name, secondary: regions.secondary.name };
    this.#state = startRouting({ ...start, now: clock.now(), regions: names, limits: settings });
    this.#handle({ type: 'time', at: clock.now() });
  }

  /** Aborts when the router closes: calls under way end. */
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

  /** Whether a region refuses entries just now, so that requests should hold one message of each key. */
  get refusesEntries(): boolean {
    const role = activeRole(this.#state);
    return role !== undefined && this.#state.targets[role].refusingUntil > this.#parts.clock.now();
  }

  /** Where to write now; waits while no region takes messages. @throws HaError `CLOSED` when the router is closed. */
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

  /** Waits for this call's turn: at the pace of before while the region is suspect (INV-9). Ends early with the epoch. */
  async takeTurn(lease: Lease): Promise<void> {
    const { clock } = this.#parts;
    const { state, waitMs } = takeTurn(this.#state, lease, clock.now());
    this.#state = state;
    if (waitMs > 0) await clock.sleep(waitMs, { signal: lease.ended });
  }

  /** Every outcome of a call for messages comes here. */
  report(event: Extract<RoutingEvent, { epoch: number }>): void {
    this.#handle(event);
  }

  /** Somebody else changed the record. */
  recordChanged(record: RecordedRouting): void {
    this.#handle({ type: 'record-changed', at: this.#parts.clock.now(), ...record });
  }

  command(command: Extract<RoutingEvent, { type: 'command' }>['command'], by: string, why: string): void {
    this.#handle({ type: 'command', at: this.#parts.clock.now(), command, by, why });
  }

  /** Ends what waits and what is under way, writes the record, closes the connections. Safe to call twice; never rejects. */
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

  /** Takes a step, and does what it leads to. Gives the lease, if the step granted one. */
  #handle(event: RoutingEvent): LeaseTerms | undefined {
    const { state, effects } = route(this.#state, event, this.#parts.settings);
    this.#state = state;
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
        started(() => sink.remember({ lastFailbackAt, reason, hold })).catch((error: unknown) =>
          emit({ type: 'warning', about: 'state', message: thrownInWords(error) }),
        );
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
    const told = (failure: CallFailure | undefined): void => {
      if (this.#closing.signal.aborted) return;
      this.#handle({ type: 'probed', at: clock.now(), role, startedAt, limitMs, purpose, ocid, failure });
    };
    void probe(regions[role], stream, { signal: this.#closing.signal }).then(told);
  }

  #checkStandby(): void {
    const { clock, checkStandby } = this.#parts;
    started(() => checkStandby(this.#closing.signal))
      .then(
        ({ stream, problem }) =>
          void this.#handle({ type: 'standby-checked', at: clock.now(), stream, problem }),
      )
      // A look that fails in an unknown way says nothing; the next one comes in minutes.
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

/** Why a wait ended: the target was left, or everything closes. */
class EpochEnded extends Error {
  override readonly name = 'EpochEnded';
}

/** Before another look after one that failed in an unknown way, in ms. */
const LOCATE_PAUSE_MS = 5_000;

/** A task whose throw is a rejection (`Promise.try`, which Node 22 does not have). */
async function started<T>(task: () => T | Promise<T>): Promise<T> {
  return task();
}
