import type { StreamRef } from '../stream-address.ts';
import type { RoutingEffect, RoutingEvent, RoutingNews } from './routing-events.ts';
import type { OnTarget, RecordedRouting, Role, RoutingState, TargetState } from './state.ts';

/** What a step leads to: the state after it, and what the shell has to do. */
export interface RoutingStep {
  readonly state: RoutingState;
  readonly effects: readonly RoutingEffect[];
}

/** The standby is looked at this often (ms). */
export const STANDBY_CHECK_MS = 180_000;
/** And this often when the record names it and it could not be followed. */
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

/** What a report says counts only when it is of this epoch and of the active target (R1). */
export function isCurrent(state: OnTarget, event: { readonly epoch: number; readonly role: Role }): boolean {
  return event.epoch === state.epoch && event.role === roleOf(state);
}

/** Whether a probe was sent in this epoch, to the stream that the target has now (R1). */
export function isOfNow(state: OnTarget, event: EventOf<'probed'>): boolean {
  return event.startedAt >= state.since && event.ocid === state.targets[event.role].stream?.ocid;
}

/** The target that is active; undefined while switching. */
export function activeRole(state: RoutingState): Role | undefined {
  if (state.type === 'on-primary') return 'primary';
  return state.type === 'on-secondary' ? 'secondary' : undefined;
}

/** What the record has to say in this state; undefined: nothing new, because no target is active. */
function recordOf(state: RoutingState): RecordedRouting | undefined {
  const secondary = state.targets.secondary.stream;
  const role = state.type === 'switching' ? state.arriving?.role : activeRole(state);
  if (role === undefined) return undefined;
  // A secondary that is being looked for again is still the best that readers can be told.
  return { active: role, secondary: secondary ?? state.recorded?.secondary };
}

/** The record names the other region, which took no messages from here: it is followed when it answers (R7). */
export function isUnfollowed(state: RoutingState): boolean {
  const role = activeRole(state);
  return role !== undefined && state.recorded !== undefined && state.recorded.active !== role;
}

/**
 * R4: the record is written when what it says would change; undefined: it need not be. Another active region is written
 * only by who decided for it (`hasFailedBack`, or the switch that is arriving): who could not follow the record leaves it
 * as it is. No record says that the primary is active, so the first one is written by the first failover.
 */
export function recordToWrite(state: RoutingState, hasFailedBack = false): RecordedRouting | undefined {
  const wanted = recordOf(state);
  const { recorded } = state;
  if (wanted === undefined || sameRecord(wanted, recorded)) return undefined;
  if (recorded === undefined) return wanted.active === 'primary' ? undefined : wanted;
  return wanted.active === recorded.active || hasFailedBack || decides(state) ? wanted : undefined;
}

/** This switch does not follow the record, and does not end where it began because nobody could follow a request. */
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
