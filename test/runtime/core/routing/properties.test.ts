import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  activeRole,
  nextTime,
  route,
  type CallFailure,
  type Lease,
  type RecordedRouting,
  type Role,
  type RoutingEffect,
  type RoutingEvent,
  type RoutingState,
  type Step,
  type StreamRef,
} from '../../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../failures.ts';
import { LIMITS, newsIn, P, S, S2, started, T } from './fixtures.ts';

/** What the network, other processes and people do next. `pick` chooses among what is out. */
type Move =
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
  | { readonly type: 'close' };
type Report = 'stored' | 'refused' | 'failed' | 'used-up' | 'gone' | 'trial-ended';

type Asked = Extract<RoutingEffect, { type: 'probe' | 'locate' }> & {
  readonly at: number;
  readonly epoch: number;
};

/** What is known outside of the state machine, so that its steps can be judged. */
class Observer {
  state: RoutingState;
  now = T;
  /** Probes and look-ups without an answer yet. */
  asked: Asked[] = [];
  leases: Lease[] = [];
  /** What the record says, as far as this process knows; a refusal to follow counts as agreement. */
  record: RecordedRouting | undefined;
  /** Since when every probe of the primary was answered. */
  healthySince: number | undefined;
  failbacks: number[] = [];
  /** A hold was in force when the active target was lost, and nobody asked for the switch. */
  heldTo: Role | undefined;

  constructor(state: RoutingState) {
    this.state = state;
    this.record = state.recorded;
    if (state.type === 'switching' && state.hold !== undefined) this.heldTo = state.from;
    this.take({ type: 'time', at: T });
  }

  /** One step, judged. */
  take(event: RoutingEvent): Step {
    const before = this.state;
    const stepped = route(before, event, LIMITS);
    this.state = stepped.state;
    for (const effect of stepped.effects) {
      if (effect.type === 'probe' || effect.type === 'locate') {
        this.asked.push({ ...effect, at: event.at, epoch: this.state.epoch });
      }
      if (effect.type === 'grant') this.leases.push(effect.lease);
    }
    this.#judge(before, event, stepped);
    return stepped;
  }

  #judge(before: RoutingState, event: RoutingEvent, { state, effects }: Step): void {
    // R1: a report of an older epoch changes nothing.
    if ('epoch' in event && event.epoch !== before.epoch) {
      expect(state).toBe(before);
      expect(effects).toEqual([]);
    }
    this.#oneTarget(before, state, effects);
    this.#goesOn(before, state, event);
    this.#recordFollows(before, event, state, effects);
    this.#leftByRule(before, event, state, effects);
    this.#remembers(before, state, effects);
    if (before.type === 'closed') {
      expect(state).toBe(before);
      expect(effects).toEqual([]);
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
  #oneTarget(before: RoutingState, state: RoutingState, effects: readonly RoutingEffect[]): void {
    const role = activeRole(state);
    if (role !== undefined) expect(state.targets[role].stream).toBeDefined();
    const ended = effects.flatMap((effect) => (effect.type === 'end-epoch' ? [effect.epoch] : []));
    if (state.type === 'closed' && before.type !== 'closed') {
      // The epoch ends with everything else; closing is no switch, so none begins.
      expect(state.epoch).toBe(before.epoch);
      expect(ended).toEqual([before.epoch]);
      return;
    }
    if (state.epoch === before.epoch) expect(ended).toEqual([]);
    else {
      expect(state.epoch).toBe(before.epoch + 1);
      expect(ended).toEqual([before.epoch]);
    }
    const active = activeRole(before);
    if (active !== undefined && state.epoch === before.epoch) {
      expect(role).toBe(active);
      expect(state.targets[active].stream).toBe(before.targets[active].stream);
    }
    for (const effect of effects) {
      if (effect.type !== 'grant') continue;
      const { lease } = effect;
      expect(lease.epoch).toBe(state.epoch);
      expect(lease.stream).toBe(state.targets[lease.role].stream);
      expect(lease.role).toBe(lease.trial ? 'primary' : role);
      if (lease.trial) this.#trialByRule(before);
    }
    // Who waits for a lease, or to try again, hears of it.
    const arrived = before.type === 'switching' && state.type !== 'switching';
    if (arrived || (state.type === 'closed' && before.type !== 'closed')) {
      expect(effects).toContainEqual({ type: 'wake' });
    }
  }

  /** R3: a switch always goes on, and neither target keeps anybody from the other one. */
  #goesOn(before: RoutingState, state: RoutingState, event: RoutingEvent): void {
    const next = nextTime(state);
    // A timer never comes again for nothing.
    if (event.type === 'time' && state.type === before.type) expect(next).toBeGreaterThan(event.at);
    if (state.type === 'closed') expect(next).toBe(Infinity);
    else if (state.type !== 'switching') expect(Number.isFinite(next)).toBe(true);
    else if (state.arriving !== undefined) expect(next).toBe(state.arriving.until);
    else {
      for (const role of ['primary', 'secondary'] as const) {
        const { asking, nextAt } = state.looks[role];
        if (asking) expect(this.#isAsked(state, role)).toBe(true);
        else if (this.#mayTakeOver(state, role))
          expect(next).toBeLessThanOrEqual(Math.max(nextAt, event.at + 60_000));
      }
    }
  }

  /** Something that can still be answered was asked of this target in this switch. */
  #isAsked(state: Extract<RoutingState, { type: 'switching' }>, role: Role): boolean {
    return this.asked.some(
      (asked) =>
        asked.role === role &&
        asked.epoch === state.epoch &&
        (asked.type === 'locate' ||
          (asked.purpose === 'switch' && asked.stream.ocid === state.targets[role].stream?.ocid)),
    );
  }

  #mayTakeOver(state: Extract<RoutingState, { type: 'switching' }>, role: Role): boolean {
    const isWanted = state.reason.type === 'operator' || state.reason.type === 'record';
    return role === state.from || state.hold === undefined || isWanted;
  }

  /** R4: the record is written when, and only when, what it says would change. */
  #recordFollows(
    before: RoutingState,
    event: RoutingEvent,
    state: RoutingState,
    effects: readonly RoutingEffect[],
  ): void {
    if (event.type === 'record-changed' && before.type !== 'closed') {
      this.record = { active: event.active, secondary: event.secondary };
    }
    const role = state.type === 'switching' ? state.arriving?.role : activeRole(state);
    const written = effects.flatMap((effect) => (effect.type === 'write-record' ? [effect.record] : []));
    const secondary = state.targets.secondary.stream ?? this.record?.secondary;
    const wanted = role === undefined ? undefined : { active: role, secondary };
    const arrived = before.type === 'switching' && activeRole(state) !== undefined;
    const refused = arrived && newsIn({ effects }).some(({ type }) => type === 'switch-refused');
    if (refused) {
      // Nobody fights over the record: who cannot follow it leaves it as it is.
      expect(written).toEqual([]);
      if (this.record !== undefined) this.record = wanted;
      return;
    }
    const isFirst = this.record === undefined && wanted?.active === 'primary';
    const says = (record: RecordedRouting | undefined): string =>
      `${record?.active} ${record?.secondary?.ocid} ${record?.secondary?.endpoint}`;
    const changes = wanted !== undefined && !isFirst && says(wanted) !== says(this.record);
    expect(written).toEqual(changes ? [wanted] : []);
    if (changes) this.record = wanted;
  }

  /** R5: failover and failback only by rule; a hold forbids both. */
  #leftByRule(
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
      else expect(['stream-gone', 'record-changed']).toContain(event.type);
      this.heldTo = isHeld && event.type === 'stream-gone' ? active : undefined;
    }
    if (before.type === 'switching' && state.type === 'switching' && state.hold === undefined)
      this.heldTo = undefined;
    if (before.type === 'switching' && activeRole(state) !== undefined) {
      if (this.heldTo !== undefined) expect(activeRole(state)).toBe(this.heldTo);
      this.heldTo = undefined;
    }
    if (before.type !== 'on-secondary' || state.type !== 'on-primary') return;
    // A failback: something is really stored, the interval is kept, nobody holds.
    expect(event).toMatchObject({ type: 'put-answered', trial: true });
    expect(event.type === 'put-answered' && event.stored > 0).toBe(true);
    expect(before.hold).toBeUndefined();
    const last = this.failbacks.at(-1);
    if (last !== undefined) expect(event.at - last).toBeGreaterThanOrEqual(LIMITS.failbackMinIntervalMs);
    this.failbacks.push(event.at);
    expect(newsIn({ effects }).map(({ type }) => type)).toContain('failback-done');
  }

  #trialByRule(before: RoutingState): void {
    expect(before.type).toBe('on-secondary');
    expect(before.hold).toBeUndefined();
    expect(this.healthySince).toBeDefined();
    expect(this.now - (this.healthySince ?? Infinity)).toBeGreaterThanOrEqual(LIMITS.failbackAfterMs);
  }

  /** R6: what has to survive a restart is remembered when it changes. */
  #remembers(before: RoutingState, state: RoutingState, effects: readonly RoutingEffect[]): void {
    const remembered = effects.filter((effect) => effect.type === 'remember');
    const arrived = before.type === 'switching' && activeRole(state) !== undefined;
    if (state.hold !== before.hold || state.lastFailbackAt !== before.lastFailbackAt || arrived) {
      expect(remembered).toMatchObject([{ hold: state.hold, lastFailbackAt: state.lastFailbackAt }]);
    }
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
        this.take({ ...of, type: 'put-answered', tookMs: 20, stored: 3, refused: 0, trial });
        return;
      case 'refused':
        this.take({ ...of, type: 'put-answered', tookMs: 20, stored: 0, refused: 3, trial });
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

  #fail({ epoch, role, trial }: Lease, failure: CallFailure): void {
    const times = { at: this.now, startedAt: this.now, limitMs: 2_000 };
    this.take({ ...times, type: 'put-failed', epoch, role, trial, failure, everyEntryRefused: false });
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

const failures = fc.constantFrom<CallFailure>(
  ...[401, 403, 404, 429, 503].map((code) => status(code)),
  hang,
  refusedConnection,
);
const pick = fc.nat(30);
const secondaries = fc.constantFrom(S, S2);

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('pass'),
      ms: fc.constantFrom(0, 1, 50, 200, 900, 2_500, 31_000, 200_000, 4_000_000),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: 'lease' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('report'),
      pick,
      what: fc.constantFrom('stored', 'stored', 'refused', 'failed', 'used-up', 'gone', 'trial-ended'),
      failure: failures,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('probe-answer'),
      pick,
      failure: fc.option(failures, { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('locate-answer'),
      pick,
      stream: fc.option(secondaries, { nil: undefined }),
      retryInMs: fc.constantFrom(0, 10_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { type: 'standby-answer', stream: S, problem: undefined } as const,
      { type: 'standby-answer', stream: undefined, problem: undefined } as const,
      { type: 'standby-answer', stream: undefined, problem: 'not subscribed' } as const,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('record'),
      active: fc.constantFrom<Role>('primary', 'secondary'),
      secondary: secondaries,
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'written' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('command'),
      command: fc.constantFrom('failover', 'failback', 'hold', 'release', 'release'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('outage'), calls: fc.constantFrom(3, 12, 25) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('recovery'),
      probes: fc.constantFrom(2, 13, 20),
      sends: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'written' } as const, { type: 'close' } as const) },
) as fc.Arbitrary<Move>;

const starts = fc
  .record({
    active: fc.constantFrom<Role>('primary', 'secondary'),
    knowsPrimary: fc.boolean(),
    knowsSecondary: fc.boolean(),
    isRecorded: fc.boolean(),
    isHeld: fc.boolean(),
  })
  .map(({ active, knowsPrimary, knowsSecondary, isRecorded, isHeld }) =>
    started({
      active,
      streams: { primary: knowsPrimary ? P : undefined, secondary: knowsSecondary ? S : undefined },
      recorded: isRecorded ? { active, secondary: S } : undefined,
      hold: isHeld ? { by: 'anna', why: 'a drill' } : undefined,
    }),
  );

test('R1, R2, R3, R4, R5, R6, R7: after every step of any history', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(starts, fc.array(moves, { maxLength: 60 }), (start, history) => {
      const world = new Observer(start);
      seen.add(world.state.type);
      for (const move of history) {
        world.move(move);
        seen.add(world.state.type);
        if (world.failbacks.length > 0) seen.add('failback');
        if (world.failbacks.length > 1) seen.add('second failback');
      }
    }),
    { numRuns: RUNS },
  );
  // Each state and both kinds of switch were met.
  expect([...seen]).toEqual(
    expect.arrayContaining(['on-primary', 'on-secondary', 'switching', 'closed', 'failback']),
  );
});

/** Fewer for each mutant (`npm run mutate`). */
const RUNS = process.env['STRYKER_MUTATOR_WORKER'] === undefined ? 2_000 : 150;

test('R3: whatever has happened, a target that answers takes over within moments', () => {
  fc.assert(
    fc.property(
      starts,
      fc.array(moves, { maxLength: 40 }),
      fc.constantFrom<Role>('primary', 'secondary'),
      (start, history, well) => {
        const world = new Observer(start);
        for (const move of history) if (move.type !== 'close') world.move(move);
        if (world.state.type !== 'switching' || world.state.arriving !== undefined) return;
        world.move({ type: 'command', command: 'release' });
        // From now on one region answers everything, and the other one refuses everything.
        for (let n = 0; n < 400 && world.state.type === 'switching'; n++) {
          const [asked] = world.asked;
          if (asked === undefined) {
            world.move({ type: 'pass', ms: 1_000 });
            continue;
          }
          const ok = asked.role === well;
          if (asked.type === 'probe')
            world.move({ type: 'probe-answer', pick: 0, failure: ok ? undefined : status(503) });
          else world.move({ type: 'locate-answer', pick: 0, stream: ok ? S : undefined, retryInMs: 1_000 });
        }
        expect(activeRole(world.state)).toBe(well);
      },
    ),
    { numRuns: RUNS },
  );
});
