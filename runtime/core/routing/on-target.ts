import { isDown } from '../region-health.ts';
import type { StreamRef } from '../stream-address.ts';
import type { RoutingNews } from './routing-events.ts';
import type { OnSecondary, OnTarget, Role, RoutingLimits } from './state.ts';
import {
  announce,
  type EventOf,
  holdChanged,
  isCurrent,
  roleOf,
  type RoutingStep,
  sameStream,
  unchanged,
  withTarget,
} from './step.ts';
import { leave } from './switching.ts';
import { afterAnswer, afterFailedPut, dueProbe, entered } from './targets.ts';

export function grant(state: OnTarget, event: EventOf<'lease-wanted'>): RoutingStep {
  const role = roleOf(state);
  const { stream } = state.targets[role];
  if (stream === undefined) return leave(state, { type: 'stream-gone', ocid: '' }, event.at);
  return { state, effects: [{ type: 'grant', lease: { epoch: state.epoch, role, stream, trial: false } }] };
}

export function answeredOnTarget(
  state: OnTarget,
  event: EventOf<'put-answered'>,
  limits: RoutingLimits,
): RoutingStep {
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

export function failedOnTarget(
  state: OnTarget,
  event: EventOf<'put-failed'>,
  limits: RoutingLimits,
): RoutingStep {
  if (!isCurrent(state, event)) return unchanged(state);
  const role = roleOf(state);
  return unchanged(withTarget(state, role, afterFailedPut(state.targets[role], event, limits)));
}

/** R5: the target is left when attempts are used up and the verdict is down. */
export function usedUpOnTarget(state: OnTarget, event: EventOf<'attempts-used-up'>): RoutingStep {
  if (!isCurrent(state, event) || state.hold !== undefined) return unchanged(state);
  const { health } = state.targets[roleOf(state)];
  if (health.type === 'healthy' || !isDown(health, event.at)) return unchanged(state);
  return leave(state, { type: 'verdict', evidence: health.evidence }, event.at);
}

export function goneOnTarget(state: OnTarget, event: EventOf<'stream-gone'>): RoutingStep {
  const role = roleOf(state);
  const target = state.targets[role];
  if (!isCurrent(state, event) || target.stream?.ocid !== event.ocid) return unchanged(state);
  const without = withTarget(state, role, { ...target, stream: undefined });
  const { state: after, effects } = leave(without, { type: 'stream-gone', ocid: event.ocid }, event.at);
  const news: RoutingNews = { type: 'stream-gone', region: target.region, ocid: event.ocid };
  return { state: after, effects: [...announce(news), ...effects] };
}

export function locatedOnTarget(state: OnTarget, event: EventOf<'located'>): RoutingStep {
  const target = state.targets[event.role];
  return unchanged(withTarget(state, event.role, { ...target, stream: target.stream ?? event.stream }));
}

export function commandOnTarget(state: OnTarget, event: EventOf<'command'>): RoutingStep {
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
      const refused = (because: string): RoutingStep => ({
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

/** R7: a change of the record by another process is followed, also to another secondary stream (INV-4). */
export function recordChangedOnTarget(state: OnTarget, event: EventOf<'record-changed'>): RoutingStep {
  const { active, secondary } = event;
  const known = { ...state, recorded: { active, secondary } };
  const standby = state.targets.secondary;
  const isOther = secondary !== undefined && !sameStream(secondary, standby.stream);
  const learnt = isOther ? withTarget(known, 'secondary', { ...standby, stream: secondary }) : known;
  if (active !== roleOf(state)) return leave(learnt, { type: 'record' }, event.at);
  return isOther && learnt.type === 'on-secondary' ? restart(learnt, secondary, event.at) : unchanged(learnt);
}

/** The secondary continues with another stream. What was known of the former stream does not apply to it. */
function restart(state: OnSecondary, stream: StreamRef, at: number): RoutingStep {
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

export function verdictProbe(state: OnTarget, role: Role, at: number): RoutingStep {
  const { target, probe } = dueProbe(state.targets[role], at);
  const after = withTarget(state, role, target);
  if (!probe || target.stream === undefined) return unchanged(after);
  return { state: after, effects: [{ type: 'probe', role, stream: target.stream, purpose: 'verdict' }] };
}
