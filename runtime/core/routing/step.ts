import type { StreamRef } from '../stream-address.ts';
import type { RoutingEffect, RoutingEvent, RoutingNews } from './routing-events.ts';
import type { OnTarget, RecordedRouting, Role, RoutingState, TargetState } from './state.ts';

/** The result of a step: the next state, and what the router has to do. */
export interface RoutingStep {
  readonly state: RoutingState;
  readonly effects: readonly RoutingEffect[];
}

/** How often the standby is checked (ms). */
export const STANDBY_CHECK_MS = 180_000;
/** How often it is checked when the record names it as active and it did not take messages (ms). */
export const FOLLOW_AGAIN_MS = 5_000;

export type EventOf<T extends RoutingEvent['type']> = Extract<RoutingEvent, { type: T }>;

export function unchanged(state: RoutingState): RoutingStep {
  return { state, effects: [] };
}

export function withTarget<S extends RoutingState>(state: S, role: Role, target: TargetState): S {
  return { ...state, targets: { ...state.targets, [role]: target } };
}

export function announce(...news: readonly RoutingNews[]): RoutingEffect[] {
  return news.map((each) => ({ type: 'announce', news: each }));
}

export function roleOf(state: OnTarget): Role {
  return state.type === 'on-primary' ? 'primary' : 'secondary';
}

/** A report counts only if it is of this epoch and of the active target (R1). */
export function isCurrent(state: OnTarget, event: { readonly epoch: number; readonly role: Role }): boolean {
  return event.epoch === state.epoch && event.role === roleOf(state);
}

/** Whether a probe was sent in this epoch, to the present stream of the target (R1). */
export function isOfNow(state: OnTarget, event: EventOf<'probed'>): boolean {
  return event.startedAt >= state.since && event.ocid === state.targets[event.role].stream?.ocid;
}

/** The active target; undefined while switching, and when closed. */
export function activeRole(state: RoutingState): Role | undefined {
  if (state.type === 'on-primary') return 'primary';
  return state.type === 'on-secondary' ? 'secondary' : undefined;
}

/** What the record should say in this state; undefined: no target is active, so nothing new. */
function recordOf(state: RoutingState): RecordedRouting | undefined {
  const secondary = state.targets.secondary.stream;
  const role = state.type === 'switching' ? state.arriving?.role : activeRole(state);
  if (role === undefined) return undefined;
  // While the secondary's stream is searched for again, readers can use the one known before.
  return { active: role, secondary: secondary ?? state.recorded?.secondary };
}

/** The record names the other region as active, but that one took no messages: it is followed once it does (R7). */
export function isUnfollowed(state: RoutingState): boolean {
  const role = activeRole(state);
  return role !== undefined && state.recorded !== undefined && state.recorded.active !== role;
}

/**
 * R4: the record that has to be written; undefined when it would not change. A process writes another active region
 * only if it decided on the switch (`hasFailedBack`, or the switch that is arriving); one that could not follow the
 * record does not overwrite it. Without a record the primary is active, so the first failover writes the first record.
 */
export function recordToWrite(state: RoutingState, hasFailedBack = false): RecordedRouting | undefined {
  const wanted = recordOf(state);
  const { recorded } = state;
  if (wanted === undefined || sameRecord(wanted, recorded)) return undefined;
  if (recorded === undefined) return wanted.active === 'primary' ? undefined : wanted;
  return wanted.active === recorded.active || hasFailedBack || decides(state) ? wanted : undefined;
}

/** This process decided on the switch: it does not follow the record, and is not an operator's switch that failed. */
function decides(state: RoutingState): boolean {
  if (state.type !== 'switching' || state.reason.type === 'record') return false;
  return state.reason.type !== 'operator' || state.arriving?.role !== state.from;
}

function sameRecord(one: RecordedRouting, other: RecordedRouting | undefined): boolean {
  return one.active === other?.active && sameStream(one.secondary, other.secondary);
}

export function sameStream(one: StreamRef | undefined, other: StreamRef | undefined): boolean {
  return one?.ocid === other?.ocid && one?.endpoint === other?.endpoint;
}

export function holdChanged(state: RoutingState, hold: RoutingState['hold']): RoutingStep {
  return {
    state: { ...state, hold },
    effects: [
      { type: 'remember', lastFailbackAt: state.lastFailbackAt, reason: '', hold },
      ...announce({ type: 'hold-changed', hold }),
    ],
  };
}
