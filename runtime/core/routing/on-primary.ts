import { failureKind, isTransient } from '../failure-kind.ts';
import { verdictProbe } from './on-target.ts';
import type { OnPrimary } from './state.ts';
import {
  announce,
  type EventOf,
  FOLLOW_AGAIN_MS,
  isOfNow,
  isUnfollowed,
  type RoutingStep,
  STANDBY_CHECK_MS,
  unchanged,
  withTarget,
} from './step.ts';
import { leave } from './switching.ts';
import { afterVerdictProbe, problemOf } from './targets.ts';

export function probedOnPrimary(state: OnPrimary, event: EventOf<'probed'>): RoutingStep {
  if (!isOfNow(state, event)) return unchanged(state);
  if (event.role === 'primary') {
    if (event.purpose !== 'verdict') return unchanged(state);
    return unchanged(withTarget(state, 'primary', afterVerdictProbe(state.targets.primary, event)));
  }
  if (event.purpose !== 'standby') return unchanged(state);
  const { secondary } = state.targets;
  const { failure } = event;
  if (failure === undefined && isUnfollowed(state)) return leave(state, { type: 'record' }, event.at);
  // A temporary failure is no problem of the configuration.
  if (failure !== undefined && isTransient(failure)) return unchanged(state);
  const problem = problemOf(secondary, event);
  if (failure === undefined || failureKind(failure) !== 'absent') {
    return standbyChecked(state, {
      type: 'standby-checked',
      at: event.at,
      stream: secondary.stream,
      problem,
    });
  }
  // The stream is gone: another one with its name is searched for soon.
  const without = withTarget(state, 'secondary', { ...secondary, stream: undefined });
  const gone = `the stream ${event.ocid} is absent, or may not be written to: ${problem ?? ''}`;
  return standbyChecked(
    { ...without, standbyCheckAt: Math.min(state.standbyCheckAt, event.at + STANDBY_GONE_MS) },
    { type: 'standby-checked', at: event.at, stream: undefined, problem: gone },
  );
}

const STANDBY_GONE_MS = 10_000;

/** C19: a standby that cannot be used is reported before it is needed. */
export function standbyChecked(state: OnPrimary, event: EventOf<'standby-checked'>): RoutingStep {
  const { secondary } = state.targets;
  if (secondary.stream === undefined && event.stream !== undefined) {
    // A stream that was just found is probed; only the probe shows whether it can be written to.
    const { stream } = event;
    const found = withTarget(state, 'secondary', { ...secondary, stream });
    return { state: found, effects: [{ type: 'probe', role: 'secondary', stream, purpose: 'standby' }] };
  }
  const { stream, region } = secondary;
  const { problem } = event;
  const after = withTarget(state, 'secondary', { ...secondary, problem });
  if (problem === secondary.problem) return unchanged(after);
  if (problem !== undefined) {
    return { state: after, effects: announce({ type: 'standby-unusable', region, problem }) };
  }
  if (stream === undefined) return unchanged(after);
  return { state: after, effects: announce({ type: 'standby-usable', region, stream }) };
}

export function timeOnPrimary(state: OnPrimary, event: EventOf<'time'>): RoutingStep {
  const { at } = event;
  const probed = verdictProbe(state, 'primary', at);
  if (at < state.standbyCheckAt) return probed;
  const pauseMs = isUnfollowed(state) ? FOLLOW_AGAIN_MS : STANDBY_CHECK_MS;
  return {
    state: { ...(probed.state as OnPrimary), standbyCheckAt: at + pauseMs },
    effects: [...probed.effects, { type: 'check-standby', stream: state.targets.secondary.stream }],
  };
}
