import { expect } from 'vitest';

import type {
  CallFailure,
  LeaseTerms,
  Role,
  RoutingEffect,
  RoutingEvent,
  RoutingLimits,
  RoutingNews,
  RoutingStart,
  RoutingState,
  RoutingStep,
  StreamRef,
} from '../../../../runtime/core/index.ts';
import { nextTime, route, startRouting } from '../../../../runtime/core/index.ts';
import { streamRef } from '../../../support/stream-ref.ts';
import { status } from '../failures.ts';

export const T = 1_000_000;
const REGIONS = { primary: 'sa-saopaulo-1', secondary: 'sa-vinhedo-1' };

export const LIMITS: RoutingLimits = {
  requestTimeoutMs: 2_000,
  failoverOnThrottle: true,
  failback: true,
  failbackAfterMs: 60_000,
  failbackMinIntervalMs: 3_600_000,
  probeIntervalMs: 5_000,
};

const streamOf = (role: Role, name = 'a'): StreamRef =>
  streamRef(REGIONS[role], `ocid1.stream.oc1.${REGIONS[role]}.${name}`);
export const P = streamOf('primary');
export const S = streamOf('secondary');
/** Another secondary. */
export const S2 = streamOf('secondary', 'b');

export type State<T extends RoutingState['type']> = Extract<RoutingState, { type: T }>;
type EventBody<E> = E extends RoutingEvent ? Omit<E, 'at'> & { at?: number } : never;

/** `state` as the one that the test expects it to be. */
export function as<T extends RoutingState['type']>(type: T, state: RoutingState): State<T> {
  if (state.type !== type) throw new Error(`${state.type} instead of ${type}`);
  return state as State<T>;
}

export function started(over: Partial<RoutingStart> = {}): RoutingState {
  return startRouting({
    now: T,
    regions: REGIONS,
    streams: { primary: P, secondary: S },
    active: 'primary',
    recorded: undefined,
    limits: LIMITS,
    ...over,
  });
}

export function onPrimary(over: Partial<RoutingStart> = {}): State<'on-primary'> {
  return as('on-primary', started(over));
}

export function onSecondary(over: Partial<RoutingStart> = {}): State<'on-secondary'> {
  const recorded = { active: 'secondary', secondary: S } as const;
  return as('on-secondary', started({ active: 'secondary', recorded, ...over }));
}

/** On the way from the primary, which was judged down, to the secondary, which is being probed. */
export function switching(over: Partial<RoutingStart> = {}): State<'switching'> {
  return as('switching', step(suspectEnough(onPrimary(over)), usedUp('primary')).state);
}

export function closed(): State<'closed'> {
  return as('closed', step(onPrimary(), { type: 'closed' }).state);
}

/** One step; `at` is T unless the event says. */
export function step(state: RoutingState, event: EventBody<RoutingEvent>, limits = LIMITS): RoutingStep {
  return route(state, { at: T, ...event }, limits);
}

/** The state after these events. */
export function after(state: RoutingState, ...events: EventBody<RoutingEvent>[]): RoutingState {
  return events.reduce<RoutingState>((before, event) => step(before, event).state, state);
}

export function newsIn({ effects }: { readonly effects: readonly RoutingEffect[] }): RoutingNews[] {
  return effects.flatMap((effect) => (effect.type === 'announce' ? [effect.news] : []));
}

/** Effects without what is told. */
export function actsIn({ effects }: { readonly effects: readonly RoutingEffect[] }): RoutingEffect[] {
  return effects.filter(({ type }) => type !== 'announce');
}

export function leaseIn(stepped: RoutingStep): LeaseTerms | undefined {
  const granted = stepped.effects.find((effect) => effect.type === 'grant');
  return granted?.lease;
}

export function expectUnchanged(state: RoutingState, event: EventBody<RoutingEvent>): void {
  const stepped = step(state, event);
  expect(stepped.state).toBe(state);
  expect(stepped.effects).toEqual([]);
}

// --- events

export const usedUp = (role: Role, epoch = 1) => ({ type: 'attempts-used-up', epoch, role }) as const;

export const answered = (role: Role, over: Partial<Extract<RoutingEvent, { type: 'put-answered' }>> = {}) =>
  ({
    type: 'put-answered',
    epoch: 1,
    role,
    tookMs: 20,
    stored: 1,
    refused: 0,
    refusals: 'none',
    trial: false,
    ...over,
  }) as const;

export const failed = (
  role: Role,
  failure: CallFailure = status(503),
  over: Partial<Extract<RoutingEvent, { type: 'put-failed' }>> = {},
) =>
  ({
    type: 'put-failed',
    epoch: 1,
    role,
    startedAt: over.at ?? T,
    failure,
    limitMs: 2_000,
    everyEntryRefused: false,
    refusals: 'none',
    trial: false,
    ...over,
  }) as const;

export const probed = (
  role: Role,
  purpose: Extract<RoutingEvent, { type: 'probed' }>['purpose'],
  failure: CallFailure | undefined,
  over: Partial<Extract<RoutingEvent, { type: 'probed' }>> = {},
) =>
  ({
    type: 'probed',
    role,
    purpose,
    failure,
    startedAt: over.at ?? T,
    limitMs: 2_000,
    ocid: (role === 'primary' ? P : S).ocid,
    ...over,
  }) as const;

export const located = (role: Role, stream: StreamRef) => ({ type: 'located', role, stream }) as const;

export const notLocated = (role: Role, over: object = {}) =>
  ({
    type: 'not-located',
    role,
    problem: 'there is none',
    unreachable: false,
    retryInMs: 0,
    ...over,
  }) as const;

export const recordChanged = (active: Role, secondary: StreamRef | undefined) =>
  ({ type: 'record-changed', active, secondary }) as const;

export const command = (name: 'failover' | 'failback' | 'hold' | 'release') =>
  ({ type: 'command', command: name, by: 'anna', why: 'a drill' }) as const;

/** The same state with evidence that is enough for a verdict at T. */
export function suspectEnough<S extends RoutingState>(state: S): S {
  const role: Role = state.type === 'on-secondary' ? 'secondary' : 'primary';
  const failures = Array.from({ length: 25 }, (_, index) =>
    failed(role, status(503), { at: T - 2_500 + index * 100, epoch: state.epoch }),
  );
  return after(state, ...failures) as S;
}

/** The state once every timer until `until` has run, and what was done by that. */
export function passTime(state: RoutingState, until: number): RoutingStep {
  let now = state;
  const effects: RoutingEffect[] = [];
  for (let at = nextTime(now); at <= until; at = nextTime(now)) {
    const stepped = step(now, { type: 'time', at: Math.max(at, T) });
    now = stepped.state;
    effects.push(...stepped.effects);
  }
  return { state: now, effects };
}
