import { inShort } from '../call-failure.ts';
import { failureKind, isTransient } from '../failure-kind.ts';
import { afterProbe, mayFailBack, nextProbeMs } from '../recovery.ts';
import { isDown } from '../region-health.ts';
import type { StreamRef } from '../stream-address.ts';
import type { OnPrimary, OnSecondary, Role, RoutingEffect, RoutingLimits, RoutingNews } from './state.ts';
import {
  FOLLOW_AGAIN_MS,
  isCurrent,
  isOfNow,
  isUnfollowed,
  sameStream,
  STANDBY_CHECK_MS,
  unchanged,
  withTarget,
  announce,
  roleOf,
  holdChanged,
  type Step,
  type OnTarget,
  type EventOf,
} from './step.ts';
import { afterAnswer, afterFailedPut, afterVerdictProbe, dueProbe, entered, problemOf } from './targets.ts';
import { leave } from './switching.ts';

export function grant(state: OnTarget, event: EventOf<'lease-wanted'>): Step {
  const role = roleOf(state);
  const { stream } = state.targets[role];
  if (stream === undefined) return leave(state, { type: 'stream-gone', ocid: '' }, event.at);
  return { state, effects: [{ type: 'grant', lease: { epoch: state.epoch, role, stream, trial: false } }] };
}

export function answeredOnTarget(
  state: OnTarget,
  event: EventOf<'put-answered'>,
  limits: RoutingLimits,
): Step {
  if (!isCurrent(state, event)) return unchanged(state);
  const role = roleOf(state);
  const { target, news } = afterAnswer(state.targets[role], role, event, limits);
  const after = withTarget(state, role, target);
  if (state.storedSince || event.stored === 0 || target.stream === undefined) {
    return { state: after, effects: announce(...news) };
  }
  const { stored: messages, at } = event;
  const sinceSwitchMs = at - state.since;
  const first: RoutingNews = { type: 'first-stored', stream: target.stream, role, messages, sinceSwitchMs };
  return { state: { ...after, storedSince: true }, effects: announce(...news, first) };
}

export function failedOnTarget(state: OnTarget, event: EventOf<'put-failed'>, limits: RoutingLimits): Step {
  if (!isCurrent(state, event)) return unchanged(state);
  const role = roleOf(state);
  return unchanged(withTarget(state, role, afterFailedPut(state.targets[role], event, limits)));
}

/** R5: attempts used up and the verdict down. */
export function usedUpOnTarget(state: OnTarget, event: EventOf<'attempts-used-up'>): Step {
  if (!isCurrent(state, event) || state.hold !== undefined) return unchanged(state);
  const { health } = state.targets[roleOf(state)];
  if (health.type === 'healthy' || !isDown(health, event.at)) return unchanged(state);
  return leave(state, { type: 'verdict', evidence: health.evidence }, event.at);
}

export function goneOnTarget(state: OnTarget, event: EventOf<'stream-gone'>): Step {
  const role = roleOf(state);
  const target = state.targets[role];
  if (!isCurrent(state, event) || target.stream?.ocid !== event.ocid) return unchanged(state);
  const without = withTarget(state, role, { ...target, stream: undefined });
  const { state: after, effects } = leave(without, { type: 'stream-gone', ocid: event.ocid }, event.at);
  const news: RoutingNews = { type: 'stream-gone', region: target.region, ocid: event.ocid };
  return { state: after, effects: [...announce(news), ...effects] };
}

export function locatedOnTarget(state: OnTarget, event: EventOf<'located'>): Step {
  const target = state.targets[event.role];
  return unchanged(withTarget(state, event.role, { ...target, stream: target.stream ?? event.stream }));
}

export function commandOnTarget(state: OnTarget, event: EventOf<'command'>): Step {
  const { command, by, why, at } = event;
  const role = roleOf(state);
  switch (command) {
    case 'hold':
      return holdChanged(state, { by, why });
    case 'release':
      return holdChanged(state, undefined);
    case 'failover':
    case 'failback': {
      const wanted: Role = command === 'failover' ? 'secondary' : 'primary';
      const { region } = state.targets[wanted];
      const refused = (because: string): Step => ({
        state,
        effects: announce({ type: 'switch-refused', region, because }),
      });
      if (wanted === role) return refused('it is the active region already');
      if (state.hold !== undefined)
        return refused(`${state.hold.by} holds the active region: ${state.hold.why}`);
      return leave(state, { type: 'operator', by, why }, at);
    }
  }
}

/** R7: processes that share a record follow it, also to another secondary stream (INV-4). */
export function recordChangedOnTarget(state: OnTarget, event: EventOf<'record-changed'>): Step {
  const { active, secondary } = event;
  const known = { ...state, recorded: { active, secondary } };
  const standby = state.targets.secondary;
  const isOther = secondary !== undefined && !sameStream(secondary, standby.stream);
  const learnt = isOther ? withTarget(known, 'secondary', { ...standby, stream: secondary }) : known;
  if (active !== roleOf(state)) return leave(learnt, { type: 'record' }, event.at);
  return isOther && learnt.type === 'on-secondary' ? restart(learnt, secondary, event.at) : unchanged(learnt);
}

// --- the primary is active

export function probedOnPrimary(state: OnPrimary, event: EventOf<'probed'>): Step {
  if (!isOfNow(state, event)) return unchanged(state);
  if (event.role === 'primary') {
    if (event.purpose !== 'verdict') return unchanged(state);
    return unchanged(withTarget(state, 'primary', afterVerdictProbe(state.targets.primary, event)));
  }
  if (event.purpose !== 'standby') return unchanged(state);
  const { secondary } = state.targets;
  const { failure } = event;
  if (failure === undefined && isUnfollowed(state)) return leave(state, { type: 'record' }, event.at);
  // What passes by itself is no problem of the configuration.
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
  // A stream that is gone: another one of its name is looked for soon.
  const without = withTarget(state, 'secondary', { ...secondary, stream: undefined });
  const gone = `the stream ${event.ocid} is absent, or may not be written to: ${problem ?? ''}`;
  return standbyChecked(
    { ...without, standbyCheckAt: Math.min(state.standbyCheckAt, event.at + STANDBY_GONE_MS) },
    { type: 'standby-checked', at: event.at, stream: undefined, problem: gone },
  );
}

const STANDBY_GONE_MS = 10_000;

/** C19: a standby that cannot be used is known before it is needed. */
export function standbyChecked(state: OnPrimary, event: EventOf<'standby-checked'>): Step {
  const { secondary } = state.targets;
  if (secondary.stream === undefined && event.stream !== undefined) {
    // One that was just found is asked whether it may be written to; until then nothing new is known.
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

export function timeOnPrimary(state: OnPrimary, event: EventOf<'time'>): Step {
  const { at } = event;
  const probed = verdictProbe(state, 'primary', at);
  if (at < state.standbyCheckAt) return probed;
  const pauseMs = isUnfollowed(state) ? FOLLOW_AGAIN_MS : STANDBY_CHECK_MS;
  return {
    state: { ...(probed.state as OnPrimary), standbyCheckAt: at + pauseMs },
    effects: [...probed.effects, { type: 'check-standby', stream: state.targets.secondary.stream }],
  };
}

function verdictProbe(state: OnTarget, role: Role, at: number): Step {
  const { target, probe } = dueProbe(state.targets[role], at);
  const after = withTarget(state, role, target);
  if (!probe || target.stream === undefined) return unchanged(after);
  return { state: after, effects: [{ type: 'probe', role, stream: target.stream, purpose: 'verdict' }] };
}

// --- the secondary is active

export function grantOnSecondary(
  state: OnSecondary,
  event: EventOf<'lease-wanted'>,
  limits: RoutingLimits,
): Step {
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
): Step {
  if (!event.trial) return answeredOnTarget(state, event, limits);
  if (!isTrial(state, event)) return unchanged(state);
  if (state.hold !== undefined)
    return trialFailed(state, event.at, `${state.hold.by} holds the active region`);
  // An answer that stored nothing proves nothing (B13).
  if (event.stored === 0) return trialFailed(state, event.at, 'every entry was refused');
  return failBack(state, event.at);
}

export function failedOnSecondary(
  state: OnSecondary,
  event: EventOf<'put-failed'>,
  limits: RoutingLimits,
): Step {
  if (!event.trial) return failedOnTarget(state, event, limits);
  if (!isTrial(state, event)) return unchanged(state);
  return trialFailed(state, event.at, inShort(event.failure));
}

export function trialEnded(state: OnSecondary, event: EventOf<'trial-ended'>): Step {
  return isTrial(state, event) ? trialFailed(state, event.at, 'it was not finished') : unchanged(state);
}

/** Another stream of the active region takes over: what was known of the one before says nothing of it. */
function restart(state: OnSecondary, stream: StreamRef, at: number): Step {
  const { region } = state.targets.secondary;
  const moved = withTarget(state, 'secondary', { ...entered(state.targets.secondary), stream });
  const because = 'the record names another stream';
  const news: RoutingNews = {
    type: 'failover-done',
    from: region,
    to: stream,
    role: 'secondary',
    tookMs: 0,
    because,
  };
  return {
    state: {
      ...moved,
      epoch: state.epoch + 1,
      since: at,
      storedSince: false,
      recovery: { type: 'silent', probes: 0 },
      probeAt: at,
    },
    effects: [
      { type: 'end-epoch', epoch: state.epoch },
      ...announce(news),
      {
        type: 'remember',
        lastFailbackAt: state.lastFailbackAt,
        reason: `moved to another stream in ${region}: ${because}`,
        hold: state.hold,
      },
    ],
  };
}

function isTrial(state: OnSecondary, event: { readonly epoch: number }): boolean {
  return state.recovery.type === 'trial' && event.epoch === state.epoch;
}

/** G2: the minute starts again. */
function trialFailed(state: OnSecondary, at: number, failure: string): Step {
  const { region } = state.targets.primary;
  return {
    state: { ...state, recovery: { type: 'healing', since: at } },
    effects: announce({ type: 'trial-failed', region, failure }),
  };
}

function failBack(state: OnSecondary, at: number): Step {
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

export function probedOnSecondary(state: OnSecondary, event: EventOf<'probed'>, limits: RoutingLimits): Step {
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
): Step {
  const recovery = afterProbe(state.recovery, answered, at, limits);
  const { region } = state.targets.primary;
  return {
    state: { ...state, recovery, probeAt: at + nextProbeMs(recovery, limits) },
    effects: announce({ type: 'probe', region, answered, detail, phase: recovery.type }),
  };
}

export function locatedOnSecondary(state: OnSecondary, event: EventOf<'located'>): Step {
  const { state: after } = locatedOnTarget(state, event);
  const { stream } = after.targets.primary;
  if (event.role !== 'primary' || stream === undefined) return unchanged(after);
  return { state: after, effects: [{ type: 'probe', role: 'primary', stream, purpose: 'recovery' }] };
}

export function notLocatedOnSecondary(
  state: OnSecondary,
  event: EventOf<'not-located'>,
  limits: RoutingLimits,
): Step {
  if (event.role === 'secondary') return unchanged(state);
  return recoveryProbed(state, event.at, false, event.problem, limits);
}

/** A probe without an answer must not end the probing. */
const ANSWER_PATIENCE_MS = 30_000;

export function timeOnSecondary(state: OnSecondary, event: EventOf<'time'>): Step {
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
