import { inShort } from '../call-failure.ts';
import { afterProbe, mayFailBack, nextProbeMs } from '../failback.ts';
import { answeredOnTarget, failedOnTarget, grant, locatedOnTarget, verdictProbe } from './on-target.ts';
import type { RoutingEffect, RoutingNews } from './routing-events.ts';
import type { OnPrimary, OnSecondary, RoutingLimits } from './state.ts';
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
import { afterVerdictProbe, entered } from './targets.ts';

export function grantOnSecondary(
  state: OnSecondary,
  event: EventOf<'lease-wanted'>,
  limits: RoutingLimits,
): RoutingStep {
  const { stream } = state.targets.primary;
  const mayTry =
    stream !== undefined &&
    state.hold === undefined &&
    mayFailBack(state.recovery, state.lastFailbackAt, event.at, limits);
  if (!mayTry) return grant(state, event);
  return {
    state: { ...state, recovery: { type: 'trial' } },
    effects: [{ type: 'grant', lease: { epoch: state.epoch, role: 'primary', stream, trial: true } }],
  };
}

export function answeredOnSecondary(
  state: OnSecondary,
  event: EventOf<'put-answered'>,
  limits: RoutingLimits,
): RoutingStep {
  if (!event.trial) return answeredOnTarget(state, event, limits);
  if (!isTrial(state, event)) return unchanged(state);
  if (state.hold !== undefined)
    return trialFailed(state, event.at, `${state.hold.by} holds the active region`);
  // An answer that stored nothing does not show that the primary takes messages (B13).
  if (event.stored === 0) return trialFailed(state, event.at, 'every entry was refused');
  return failBack(state, event.at);
}

export function failedOnSecondary(
  state: OnSecondary,
  event: EventOf<'put-failed'>,
  limits: RoutingLimits,
): RoutingStep {
  if (!event.trial) return failedOnTarget(state, event, limits);
  if (!isTrial(state, event)) return unchanged(state);
  return trialFailed(state, event.at, inShort(event.failure));
}

export function trialEnded(state: OnSecondary, event: EventOf<'trial-ended'>): RoutingStep {
  return isTrial(state, event) ? trialFailed(state, event.at, 'it was not finished') : unchanged(state);
}

function isTrial(state: OnSecondary, event: { readonly epoch: number }): boolean {
  return state.recovery.type === 'trial' && event.epoch === state.epoch;
}

/** G2: the minute without a failure starts again. */
function trialFailed(state: OnSecondary, at: number, failure: string): RoutingStep {
  const { region } = state.targets.primary;
  return {
    state: { ...state, recovery: { type: 'healing', since: at } },
    effects: announce({ type: 'trial-failed', region, failure }),
  };
}

function failBack(state: OnSecondary, at: number): RoutingStep {
  const { primary, secondary } = state.targets;
  if (primary.stream === undefined) return unchanged(state);
  const on: OnPrimary = {
    type: 'on-primary',
    epoch: state.epoch + 1,
    targets: { primary: entered(primary), secondary },
    recorded: state.recorded,
    hold: state.hold,
    lastFailbackAt: at,
    standbyCheckAt: at + STANDBY_CHECK_MS,
    since: at,
    storedSince: false,
  };
  const news: RoutingNews = {
    type: 'failback-done',
    from: secondary.region,
    to: primary.stream,
    awayMs: at - state.leftAt,
  };
  return {
    state: on,
    effects: [
      { type: 'end-epoch', epoch: state.epoch },
      ...announce(news),
      {
        type: 'remember',
        lastFailbackAt: at,
        reason: `failback: ${primary.region} is healthy again`,
        hold: state.hold,
      },
      { type: 'wake' },
    ],
  };
}

export function probedOnSecondary(
  state: OnSecondary,
  event: EventOf<'probed'>,
  limits: RoutingLimits,
): RoutingStep {
  if (!isOfNow(state, event)) return unchanged(state);
  if (event.role === 'secondary') {
    if (event.purpose !== 'verdict') return unchanged(state);
    return unchanged(withTarget(state, 'secondary', afterVerdictProbe(state.targets.secondary, event)));
  }
  if (event.purpose !== 'recovery') return unchanged(state);
  if (event.failure === undefined && isUnfollowed(state)) return leave(state, { type: 'record' }, event.at);
  const detail = event.failure === undefined ? 'answered' : inShort(event.failure);
  return recoveryProbed(state, event.at, event.failure === undefined, detail, limits);
}

function recoveryProbed(
  state: OnSecondary,
  at: number,
  answered: boolean,
  detail: string,
  limits: RoutingLimits,
): RoutingStep {
  const recovery = afterProbe(state.recovery, answered, at, limits);
  const { region } = state.targets.primary;
  // The longer pauses of a long outage would leave processes that share a record apart for too long (R7).
  const longestMs = isUnfollowed(state) ? FOLLOW_AGAIN_MS : Infinity;
  const pauseMs = Math.min(nextProbeMs(recovery, limits), longestMs);
  return {
    state: { ...state, recovery, probeAt: at + pauseMs },
    effects: announce({ type: 'probe', region, answered, detail, phase: recovery.type }),
  };
}

export function locatedOnSecondary(state: OnSecondary, event: EventOf<'located'>): RoutingStep {
  const { state: after } = locatedOnTarget(state, event);
  const { stream } = after.targets.primary;
  if (event.role !== 'primary' || stream === undefined) return unchanged(after);
  return { state: after, effects: [{ type: 'probe', role: 'primary', stream, purpose: 'recovery' }] };
}

export function notLocatedOnSecondary(
  state: OnSecondary,
  event: EventOf<'not-located'>,
  limits: RoutingLimits,
): RoutingStep {
  if (event.role === 'secondary') return unchanged(state);
  return recoveryProbed(state, event.at, false, event.problem, limits);
}

/** After so long, in ms, the next probe is sent although the latest one has not been answered. */
const ANSWER_PATIENCE_MS = 30_000;

export function timeOnSecondary(state: OnSecondary, event: EventOf<'time'>): RoutingStep {
  const { at } = event;
  const probed = verdictProbe(state, 'secondary', at);
  if (at < state.probeAt) return probed;
  const { stream } = state.targets.primary;
  const effect: RoutingEffect =
    stream === undefined
      ? { type: 'locate', role: 'primary' }
      : { type: 'probe', role: 'primary', stream, purpose: 'recovery' };
  return {
    state: { ...(probed.state as OnSecondary), probeAt: at + ANSWER_PATIENCE_MS },
    effects: [...probed.effects, effect],
  };
}
