import { expect } from 'vitest';

import {
  activeRole,
  nextTime,
  route,
  type CallFailure,
  type LeaseTerms,
  type RecordedRouting,
  type Role,
  type RoutingEffect,
  type RoutingEvent,
  type RoutingState,
  type RoutingStep,
  type StreamRef,
} from '../../../../runtime/core/index.ts';
import { refusedConnection } from '../failures.ts';
import { LIMITS, newsIn, P, S, T } from './fixtures.ts';

/** What the network, other processes and people do next. `pick` chooses among what is out. */
export type Move =
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'lease' }
  | { readonly type: 'report'; readonly pick: number; readonly what: Report; readonly failure: CallFailure }
  | { readonly type: 'probe-answer'; readonly pick: number; readonly failure: CallFailure | undefined }
  | {
      readonly type: 'locate-answer';
      readonly pick: number;
      readonly stream: StreamRef | undefined;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'standby-answer';
      readonly stream: StreamRef | undefined;
      readonly problem: string | undefined;
    }
  | { readonly type: 'record'; readonly active: Role; readonly secondary: StreamRef }
  | { readonly type: 'written' }
  | { readonly type: 'command'; readonly command: 'failover' | 'failback' | 'hold' | 'release' }
  | { readonly type: 'outage'; readonly calls: number }
  | { readonly type: 'recovery'; readonly probes: number; readonly sends: boolean }
  | { readonly type: 'cut-off'; readonly probes: number }
  | { readonly type: 'close' };
type Report = 'stored' | 'refused' | 'failed' | 'used-up' | 'gone' | 'trial-ended';

type Asked = Extract<RoutingEffect, { type: 'probe' | 'locate' }> & {
  readonly at: number;
  readonly epoch: number;
};

/** What is known outside of the state machine, so that its steps can be judged by R1 to R7. */
export class Observer {
  state: RoutingState;
  now = T;
  /** Probes and look-ups without an answer yet. */
  asked: Asked[] = [];
  leases: LeaseTerms[] = [];
  /** What the record says, as far as this process knows; a refusal to follow counts as agreement. */
  record: RecordedRouting | undefined;
  /** Since when every probe of the primary was answered. */
  healthySince: number | undefined;
  failbacks: number[] = [];
  /** Probes that failed of a primary that the record names, while the secondary is active. */
  unfollowed = 0;
  /** A hold was in force when the active target was lost, and nobody asked for the switch. */
  heldTo: Role | undefined;
  constructor(state: RoutingState) {
    this.state = state;
    this.record = state.recorded;
    if (state.type === 'switching' && state.hold !== undefined) this.heldTo = state.from;
    this.take({ type: 'time', at: T });
  }

  /** One step, judged. */
  take(event: RoutingEvent): RoutingStep {
    const before = this.state;
    const stepped = route(before, event, LIMITS);
    this.state = stepped.state;
    for (const effect of stepped.effects) {
      if (effect.type === 'probe' || effect.type === 'locate') {
        this.asked.push({ ...effect, at: event.at, epoch: this.state.epoch });
      }
      if (effect.type === 'grant') this.leases.push(effect.lease);
    }
    judge(this, before, event, stepped);
    return stepped;
  }

  // --- moves

  move(move: Move): void {
    switch (move.type) {
      case 'pass':
        return this.#pass(move.ms);
      case 'lease':
        this.take({ type: 'lease-wanted', at: this.now });
        return;
      case 'report':
        return this.#report(move.pick, move.what, move.failure);
      case 'probe-answer':
        return this.#answerProbe(move.pick, move.failure);
      case 'locate-answer':
        return this.#answerLocate(move);
      case 'standby-answer':
        this.take({ ...move, type: 'standby-checked', at: this.now });
        return;
      case 'record':
        this.take({ type: 'record-changed', at: this.now, active: move.active, secondary: move.secondary });
        return;
      case 'written':
        this.take({ type: 'record-written', at: this.now });
        return;
      case 'command':
        this.take({ type: 'command', at: this.now, command: move.command, by: 'anna', why: 'a drill' });
        return;
      case 'outage':
        return this.#outage(move.calls);
      case 'recovery':
        return this.#recover(move.probes, move.sends);
      case 'cut-off':
        return this.#cutOff(move.probes);
      case 'close':
        this.take({ type: 'closed', at: this.now });
    }
  }

  #pass(ms: number): void {
    const until = this.now + ms;
    for (let at = nextTime(this.state); at <= until; at = nextTime(this.state)) {
      this.now = Math.max(this.now, at);
      this.take({ type: 'time', at: this.now });
    }
    this.now = until;
  }

  #report(pick: number, what: Report, failure: CallFailure): void {
    const lease = this.leases[pick % Math.max(this.leases.length, 1)];
    if (lease === undefined) return;
    const { epoch, role, trial } = lease;
    const of = { at: this.now, epoch, role };
    switch (what) {
      case 'stored':
        this.take({
          ...of,
          type: 'put-answered',
          tookMs: 20,
          stored: 3,
          refused: 0,
          refusals: 'none',
          trial,
        });
        return;
      case 'refused':
        this.take({
          ...of,
          type: 'put-answered',
          tookMs: 20,
          stored: 0,
          refused: 3,
          refusals: 'single',
          trial,
        });
        return;
      case 'failed':
        this.#fail(lease, failure);
        return;
      case 'used-up':
        this.take({ ...of, type: 'attempts-used-up' });
        return;
      case 'gone':
        // Of a primary that is gone a person is told (C5).
        if (role === 'secondary') this.take({ ...of, type: 'stream-gone', ocid: lease.stream.ocid });
        return;
      case 'trial-ended':
        if (trial) this.take({ ...of, type: 'trial-ended' });
    }
  }

  #fail({ epoch, role, trial }: LeaseTerms, failure: CallFailure): void {
    const times = { at: this.now, startedAt: this.now, limitMs: 2_000 };
    const of = { epoch, role, trial, failure, everyEntryRefused: false, refusals: 'none' } as const;
    this.take({ ...times, type: 'put-failed', ...of });
  }

  /** Every call fails for a while, until the attempts are used up. */
  #outage(calls: number): void {
    this.take({ type: 'lease-wanted', at: this.now });
    const lease = this.leases.at(-1);
    if (lease === undefined) return;
    for (let n = 0; n < calls; n++) {
      this.#fail(lease, refusedConnection);
      this.#pass(300);
    }
    this.#report(this.leases.indexOf(lease), 'used-up', refusedConnection);
  }

  /** Every probe is answered for a while; then perhaps a batch is stored. */
  #recover(probes: number, sends: boolean): void {
    for (let n = 0; n < probes; n++) {
      this.#pass(6_000);
      for (let at = this.asked.length - 1; at >= 0; at--) this.#answerProbe(at, undefined);
    }
    if (!sends) return;
    this.take({ type: 'lease-wanted', at: this.now });
    this.#report(this.leases.length - 1, 'stored', refusedConnection);
  }

  /** This process alone cannot reach the primary, to which the others return from the secondary. */
  #cutOff(probes: number): void {
    const secondary = this.state.targets.secondary.stream ?? S;
    for (const active of ['secondary', 'primary'] as const) {
      this.take({ type: 'record-changed', at: this.now, active, secondary });
      for (let n = 0; n < probes; n++) {
        for (let at = this.asked.length - 1; at >= 0; at--)
          this.#answerProbe(at, this.asked[at]?.role === 'primary' ? refusedConnection : undefined);
        this.#pass(5_000);
      }
    }
  }

  #answerProbe(pick: number, failure: CallFailure | undefined): void {
    const [asked] = this.asked.splice(pick % Math.max(this.asked.length, 1), 1);
    if (asked === undefined) return;
    if (asked.type !== 'probe') {
      this.asked.push(asked);
      return;
    }
    const { role, purpose, stream } = asked;
    if (purpose === 'recovery' && asked.epoch === this.state.epoch) {
      this.healthySince = failure === undefined ? (this.healthySince ?? this.now) : undefined;
    }
    const of = { at: this.now, startedAt: asked.at, limitMs: 2_000, ocid: stream.ocid };
    this.take({ ...of, type: 'probed', role, purpose, failure });
  }

  #answerLocate({ pick, stream, retryInMs }: Extract<Move, { type: 'locate-answer' }>): void {
    const at = this.asked.findIndex((asked, index) => asked.type === 'locate' && index >= pick % 3);
    const [asked] = at < 0 ? [] : this.asked.splice(at, 1);
    if (asked === undefined) return;
    const { role } = asked;
    if (stream === undefined) {
      const problem = { problem: 'there is none', unreachable: retryInMs === 0, retryInMs };
      if (role === 'primary') this.healthySince = undefined;
      this.take({ type: 'not-located', at: this.now, role, ...problem });
    } else this.take({ type: 'located', at: this.now, role, stream: role === 'primary' ? P : stream });
  }
}

function judge(
  world: Observer,
  before: RoutingState,
  event: RoutingEvent,
  { state, effects }: RoutingStep,
): void {
  // R1: a report of an older epoch changes nothing.
  if ('epoch' in event && event.epoch !== before.epoch) {
    expect(state).toBe(before);
    expect(effects).toEqual([]);
  }
  oneTarget(world, before, state, effects);
  goesOn(world, before, state, event);
  recordFollows(world, before, event, state, effects);
  leftByRule(world, before, event, state, effects);
  remembers(before, state, effects);
  if (before.type === 'closed') {
    expect(state).toBe(before);
    expect(effects).toEqual([]);
  }
  // R7: while the record names the primary, which does not answer, it is asked again within five seconds.
  const isAnswer = event.type === 'probed' && event.purpose === 'recovery' && state !== before;
  if (isAnswer && state.type === 'on-secondary' && world.record?.active === 'primary') {
    expect(nextTime(state) - event.at).toBeLessThanOrEqual(5_000);
    world.unfollowed++;
  }
  // R7: a record that makes the other region active is followed at once, or its switch is under way already.
  if (
    event.type === 'record-changed' &&
    activeRole(before) !== undefined &&
    event.active !== activeRole(before)
  ) {
    expect(state).toMatchObject({
      type: 'switching',
      from: activeRole(before),
      reason: { type: 'record' },
    });
  }
}

/** R2: one target is active, in one epoch, or routing is switching and grants nothing. */
function oneTarget(
  world: Observer,
  before: RoutingState,
  state: RoutingState,
  effects: readonly RoutingEffect[],
): void {
  const role = activeRole(state);
  if (role !== undefined) expect(state.targets[role].stream).toBeDefined();
  const ended = effects.flatMap((effect) => (effect.type === 'end-epoch' ? [effect.epoch] : []));
  const isClosing = state.type === 'closed' && before.type !== 'closed';
  expect(ended).toEqual(state.epoch !== before.epoch || isClosing ? [before.epoch] : []);
  // Closing is no switch.
  expect(state.epoch - before.epoch === 0 || (state.epoch - before.epoch === 1 && !isClosing)).toBe(true);
  const active = activeRole(before);
  if (active !== undefined && state.epoch === before.epoch && !isClosing) {
    expect(role).toBe(active);
    expect(state.targets[active].stream).toBe(before.targets[active].stream);
  }
  for (const effect of effects) {
    if (effect.type !== 'grant') continue;
    const { lease } = effect;
    expect(lease.epoch).toBe(state.epoch);
    expect(lease.stream).toBe(state.targets[lease.role].stream);
    expect(lease.role).toBe(lease.trial ? 'primary' : role);
    if (lease.trial) trialByRule(world, before);
  }
  // Who waits for a lease, or to try again, hears of it.
  const arrived = before.type === 'switching' && state.type !== 'switching';
  if (arrived || isClosing) {
    expect(effects).toContainEqual({ type: 'wake' });
  }
}

/** R3: a switch always goes on, and neither target keeps anybody from the other one. */
function goesOn(world: Observer, before: RoutingState, state: RoutingState, event: RoutingEvent): void {
  const next = nextTime(state);
  // A timer never comes again for nothing.
  if (event.type === 'time' && state.type === before.type) expect(next).toBeGreaterThan(event.at);
  if (state.type === 'closed') expect(next).toBe(Infinity);
  else if (state.type !== 'switching') expect(Number.isFinite(next)).toBe(true);
  else if (state.arriving !== undefined) expect(next).toBe(state.arriving.until);
  else {
    for (const role of ['primary', 'secondary'] as const) {
      const { asking, nextAt } = state.checks[role];
      if (asking) expect(isAsked(world, state, role)).toBe(true);
      else if (mayTakeOver(state, role))
        expect(next).toBeLessThanOrEqual(Math.max(nextAt, event.at + 60_000));
    }
  }
}

/** Something that can still be answered was asked of this target in this switch. */
function isAsked(world: Observer, state: Extract<RoutingState, { type: 'switching' }>, role: Role): boolean {
  return world.asked.some(
    (asked) =>
      asked.role === role &&
      asked.epoch === state.epoch &&
      (asked.type === 'locate' ||
        (asked.purpose === 'switch' && asked.stream.ocid === state.targets[role].stream?.ocid)),
  );
}

function mayTakeOver(state: Extract<RoutingState, { type: 'switching' }>, role: Role): boolean {
  const isWanted = state.reason.type === 'operator' || state.reason.type === 'record';
  return role === state.from || state.hold === undefined || isWanted;
}

/** R4: the record is written when, and only when, what it says would change. */
function recordFollows(
  world: Observer,
  before: RoutingState,
  event: RoutingEvent,
  state: RoutingState,
  effects: readonly RoutingEffect[],
): void {
  if (event.type === 'record-changed' && before.type !== 'closed') {
    world.record = { active: event.active, secondary: event.secondary };
  }
  const role = state.type === 'switching' ? state.arriving?.role : activeRole(state);
  const written = effects.flatMap((effect) => (effect.type === 'write-record' ? [effect.record] : []));
  const secondary = state.targets.secondary.stream ?? world.record?.secondary;
  const wanted = role === undefined ? undefined : { active: role, secondary };
  // R7: nobody fights over the record: another active region is written by who decided for it, and by nobody else.
  const failedBack = before.type === 'on-secondary' && state.type === 'on-primary';
  const { type: why } = state.type === 'switching' ? state.reason : { type: 'record' };
  const decided = why === 'operator' ? state.type === 'switching' && role !== state.from : why !== 'record';
  if (world.record !== undefined && role !== world.record.active && !failedBack && !decided) {
    expect(written).toEqual([]);
    return;
  }
  const isFirst = world.record === undefined && wanted?.active === 'primary';
  const says = (record: RecordedRouting | undefined): string =>
    `${record?.active} ${record?.secondary?.ocid} ${record?.secondary?.endpoint}`;
  const changes = wanted !== undefined && !isFirst && says(wanted) !== says(world.record);
  expect(written).toEqual(changes ? [wanted] : []);
  if (changes) world.record = wanted;
}

/** R5: failover and failback only by rule; a hold forbids both. */
function leftByRule(
  world: Observer,
  before: RoutingState,
  event: RoutingEvent,
  state: RoutingState,
  effects: readonly RoutingEffect[],
): void {
  const active = activeRole(before);
  const isLeft = active !== undefined && state.type === 'switching';
  if (isLeft) {
    const isHeld = before.hold !== undefined;
    if (event.type === 'attempts-used-up') {
      expect(isHeld).toBe(false);
      const { health } = before.targets[active];
      expect(health.type === 'suspect' && health.evidence.sum >= 19).toBe(true);
    } else if (event.type === 'command') expect(isHeld).toBe(false);
    else if (event.type === 'probed') {
      // R7: the region that the record names answers at last.
      expect(world.record).toEqual(before.recorded);
      expect(before.recorded?.active).toBe(active === 'primary' ? 'secondary' : 'primary');
      expect(event).toMatchObject({
        failure: undefined,
        role: active === 'primary' ? 'secondary' : 'primary',
      });
      expect(state).toMatchObject({ reason: { type: 'record' } });
    } else expect(['stream-gone', 'record-changed']).toContain(event.type);
    world.heldTo = isHeld && event.type === 'stream-gone' ? active : undefined;
  }
  if (before.type === 'switching' && state.type === 'switching' && state.hold === undefined)
    world.heldTo = undefined;
  if (before.type === 'switching' && activeRole(state) !== undefined) {
    if (world.heldTo !== undefined) expect(activeRole(state)).toBe(world.heldTo);
    world.heldTo = undefined;
  }
  if (before.type !== 'on-secondary' || state.type !== 'on-primary') return;
  // A failback: something is really stored, the interval is kept, nobody holds.
  expect(event).toMatchObject({ type: 'put-answered', trial: true });
  expect(event.type === 'put-answered' && event.stored > 0).toBe(true);
  expect(before.hold).toBeUndefined();
  const last = world.failbacks.at(-1);
  if (last !== undefined) expect(event.at - last).toBeGreaterThanOrEqual(LIMITS.failbackMinIntervalMs);
  world.failbacks.push(event.at);
  expect(newsIn({ effects }).map(({ type }) => type)).toContain('failback-done');
}

function trialByRule(world: Observer, before: RoutingState): void {
  expect(before.type).toBe('on-secondary');
  expect(before.hold).toBeUndefined();
  expect(world.healthySince).toBeDefined();
  expect(world.now - (world.healthySince ?? Infinity)).toBeGreaterThanOrEqual(LIMITS.failbackAfterMs);
}

/** R6: what has to survive a restart is remembered when it changes. */
function remembers(before: RoutingState, state: RoutingState, effects: readonly RoutingEffect[]): void {
  const remembered = effects.filter((effect) => effect.type === 'remember');
  const arrived = before.type === 'switching' && activeRole(state) !== undefined;
  if (state.hold !== before.hold || state.lastFailbackAt !== before.lastFailbackAt || arrived) {
    expect(remembered).toMatchObject([{ hold: state.hold, lastFailbackAt: state.lastFailbackAt }]);
  }
}
