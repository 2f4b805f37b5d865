import { failureKind } from '../failure-kind.ts';
import { onProbation } from '../region-health.ts';
import type { StreamRef } from '../stream-address.ts';
import type { RoutingEffect, RoutingNews } from './routing-events.ts';
import {
  NOT_CHECKED,
  type OnTarget,
  OTHER,
  type Role,
  type Switching,
  type SwitchReason,
  type TargetCheck,
} from './state.ts';
import {
  announce,
  type EventOf,
  FOLLOW_AGAIN_MS,
  holdChanged,
  recordToWrite,
  roleOf,
  type RoutingStep,
  sameStream,
  STANDBY_CHECK_MS,
  unchanged,
  withTarget,
} from './step.ts';
import { entered, problemOf } from './targets.ts';

/**
 * The other region comes first: only it is used until it has been checked so often, or for so long. Then the region
 * that answers first is taken.
 */
const CHECKS_OF_THE_OTHER = 2;
const OTHER_FIRST_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS = 1_000;
/** How long a switch waits for the record to be on disk, in ms: a slow disk must not delay messages. */
const RECORD_PATIENCE_MS = 200;

export function leave(state: OnTarget, reason: SwitchReason, at: number): RoutingStep {
  const from = roleOf(state);
  const other = OTHER[from];
  const { targets } = state;
  const target = targets[from];
  const first = { ...NOT_CHECKED, nextAt: at };
  // A stream that is gone is searched for, or created, meanwhile; otherwise the region that is left is checked later.
  const later = { ...NOT_CHECKED, nextAt: reason.type === 'stream-gone' ? at : at + OTHER_FIRST_MS };
  const switching: Switching = {
    type: 'switching',
    epoch: state.epoch + 1,
    targets: { ...targets, [from]: { ...target, probing: undefined } },
    recorded: state.recorded,
    hold: state.hold,
    lastFailbackAt: state.lastFailbackAt,
    standbyCheckAt: at + STANDBY_CHECK_MS,
    from,
    since: at,
    reason,
    leftAt: state.type === 'on-primary' ? at : state.leftAt,
    checks: from === 'primary' ? { primary: later, secondary: first } : { primary: first, secondary: later },
    arriving: undefined,
    announced: false,
  };
  const news: RoutingNews[] =
    reason.type === 'verdict'
      ? [
          {
            type: 'failover-started',
            role: from,
            from: target.region,
            to: targets[other].region,
            because: reason.evidence,
          },
        ]
      : [];
  const checked = checkDue(switching, at);
  return {
    state: checked.state,
    effects: [{ type: 'end-epoch', epoch: state.epoch }, ...announce(...news), ...checked.effects],
  };
}

/** Starts each check that is due. A target that cannot be used does not delay the other one (R3). */
function checkDue(state: Switching, at: number): RoutingStep {
  let after = state;
  const effects: RoutingEffect[] = [];
  for (const role of [OTHER[state.from], state.from]) {
    if (at < nextCheck(state, role) || state.arriving !== undefined) continue;
    const { stream } = state.targets[role];
    after = withCheck(after, role, { ...after.checks[role], asking: true });
    effects.push(
      stream === undefined ? { type: 'locate', role } : { type: 'probe', role, stream, purpose: 'switch' },
    );
  }
  return { state: after, effects };
}

/** When a target is next checked; Infinity during a check, or while a hold excludes it. */
export function nextCheck(state: Switching, role: Role): number {
  const { asking, nextAt } = state.checks[role];
  return asking || !mayTakeOver(state, role) ? Infinity : nextAt;
}

/**
 * R5: under a hold only the region that was active may take messages again, unless a person or the record asked for
 * this switch.
 */
function mayTakeOver(state: Switching, role: Role): boolean {
  return role === state.from || state.hold === undefined || isAsked(state.reason);
}

function notAsking(state: Switching, role: Role): Switching {
  return withCheck(state, role, { ...state.checks[role], asking: false });
}

function withCheck(state: Switching, role: Role, given: TargetCheck): Switching {
  return { ...state, checks: { ...state.checks, [role]: given } };
}

export function timeInSwitch(state: Switching, event: EventOf<'time'>): RoutingStep {
  if (state.arriving !== undefined) {
    return event.at >= state.arriving.until ? arrive(state, state.arriving.role, event.at) : unchanged(state);
  }
  return checkDue(state, event.at);
}

export function probedInSwitch(state: Switching, event: EventOf<'probed'>): RoutingStep {
  const { role, failure, at } = event;
  // A probe from before this switch, or of another stream, does not count (R1).
  const isOfThisSwitch =
    event.purpose === 'switch' &&
    event.startedAt >= state.since &&
    state.targets[role].stream?.ocid === event.ocid;
  if (!isOfThisSwitch) return unchanged(state);
  if (failure === undefined) {
    const answered = notAsking(state, role);
    return mayTakeOver(state, role) ? arriveAt(answered, role, at) : unchanged(answered);
  }
  // The stream is gone, or does not exist yet: it is located again.
  const isAbsent = failureKind(failure) === 'absent' && role === 'secondary';
  const target = state.targets[role];
  const after = isAbsent ? withTarget(state, role, { ...target, stream: undefined }) : state;
  return checkFailed(after, role, at, problemOf(target, event) ?? '', failure.type === 'unreachable');
}

export function locatedInSwitch(state: Switching, event: EventOf<'located'>): RoutingStep {
  const { role, stream } = event;
  // The target has been found and probed already.
  if (state.arriving?.role === role) return unchanged(state);
  const after = withTarget(state, role, { ...state.targets[role], stream });
  // During an arrival no check is started; if the arrival fails, this target is checked.
  if (state.arriving !== undefined || !mayTakeOver(state, role)) return unchanged(notAsking(after, role));
  return probeNow(after, role, stream);
}

function probeNow(state: Switching, role: Role, stream: StreamRef): RoutingStep {
  const asked = withCheck(state, role, { ...state.checks[role], asking: true });
  return { state: asked, effects: [{ type: 'probe', role, stream, purpose: 'switch' }] };
}

export function notLocatedInSwitch(state: Switching, event: EventOf<'not-located'>): RoutingStep {
  return checkFailed(state, event.role, event.at, event.problem, event.unreachable, event.retryInMs);
}

function checkFailed(
  state: Switching,
  role: Role,
  at: number,
  problem: string,
  unreachable: boolean,
  retryInMs = 0,
): RoutingStep {
  const failures = state.checks[role].failures + 1;
  const pauseMs = Math.max(retryInMs, failures < CHECKS_OF_THE_OTHER ? FIRST_PAUSE_MS : PAUSE_MS);
  const failed = withCheck(state, role, {
    asking: false,
    failures,
    nextAt: at + pauseMs,
    problem,
    unreachable,
  });
  const target = failed.targets[role];
  const after = withTarget(failed, role, { ...target, problem });
  // From now on the region that is left may become active again, too.
  const both =
    role === OTHER[state.from] && failures === CHECKS_OF_THE_OTHER
      ? withCheck(after, state.from, {
          ...after.checks[state.from],
          nextAt: Math.min(after.checks[state.from].nextAt, at),
        })
      : after;
  const told = announced(both);
  const checked = checkDue(told.state as Switching, at);
  return { state: checked.state, effects: [...told.effects, ...checked.effects] };
}

/** Announces, once per switch, that no region takes messages. */
function announced(state: Switching): RoutingStep {
  const other = mayTakeOver(state, OTHER[state.from]) ? OTHER[state.from] : state.from;
  const check = state.checks[other];
  if (state.announced || state.arriving !== undefined || check.failures < CHECKS_OF_THE_OTHER)
    return unchanged(state);
  // A region that is left on request may be healthy.
  if (isAsked(state.reason) && state.checks[state.from].failures === 0) return unchanged(state);
  const left = whyLeft(state);
  const because =
    state.targets[other].stream === undefined && !check.unreachable
      ? 'no-stream'
      : check.unreachable && state.reason.type === 'verdict' && state.reason.evidence.neverReached
        ? 'offline'
        : 'both-down';
  const held =
    state.hold === undefined ? '' : `; ${state.hold.by} holds the active region: ${state.hold.why}`;
  const latest = `${state.targets[state.from].region}: ${left}; ${check.problem ?? state.targets[other].region}${held}`;
  return { state: { ...state, announced: true }, effects: announce({ type: 'no-region', because, latest }) };
}

function whyLeft({ reason }: Switching): string {
  switch (reason.type) {
    case 'verdict':
      return reason.evidence.latest;
    case 'stream-gone':
      return 'its stream is gone';
    case 'operator':
      return `left for ${reason.by} (${reason.why})`;
    case 'record':
      return 'left because the record says so';
    case 'start':
      return reason.problem;
  }
}

/** A target takes messages. The record is written first, within `RECORD_PATIENCE_MS`. */
function arriveAt(state: Switching, role: Role, at: number): RoutingStep {
  if (state.arriving !== undefined) return unchanged(state);
  const arriving = { ...state, arriving: { role, until: at + RECORD_PATIENCE_MS } };
  return recordToWrite(arriving) === undefined ? arrive(arriving, role, at) : unchanged(arriving);
}

export function recordWrittenInSwitch(state: Switching, event: EventOf<'record-written'>): RoutingStep {
  return state.arriving === undefined ? unchanged(state) : arrive(state, state.arriving.role, event.at);
}

function arrive(state: Switching, role: Role, at: number): RoutingStep {
  const { from, since, reason, checks } = state;
  const target = state.targets[role];
  const { stream } = target;
  if (stream === undefined)
    return checkFailed({ ...state, arriving: undefined }, role, at, 'its stream is gone', false);
  const stays = role === from;
  const health = stays ? onProbation(target.health) : entered(target).health;
  const targets = { ...state.targets, [role]: { ...entered(target), health } };
  const refuses = stays && isAsked(reason);
  const isFollowing = state.recorded === undefined || state.recorded.active === role;
  const common = {
    epoch: state.epoch,
    targets,
    recorded: state.recorded,
    hold: state.hold,
    lastFailbackAt: state.lastFailbackAt,
    standbyCheckAt: isFollowing ? state.standbyCheckAt : at + FOLLOW_AGAIN_MS,
    since: at,
    storedSince: false,
  };
  const on: OnTarget =
    role === 'primary'
      ? { ...common, type: 'on-primary' }
      : {
          ...common,
          type: 'on-secondary',
          leftAt: state.leftAt,
          recovery: { type: 'silent', probes: 0 },
          probeAt: at,
        };
  const because = reason.type === 'verdict' ? reason.evidence : whyLeft(state);
  const news: RoutingNews[] = [];
  if (refuses) {
    const other = OTHER[from];
    const problem = checks[other].problem ?? 'it does not take messages';
    news.push({ type: 'switch-refused', region: state.targets[other].region, because: problem });
  } else if (stays) news.push({ type: 'stayed', stream, afterMs: at - since });
  else {
    const left = state.targets[from].region;
    news.push({ type: 'failover-done', from: left, to: stream, role, tookMs: at - since, because });
  }
  const reasonText = `${stays ? 'stayed on' : 'switched to'} ${target.region}: ${whyLeft(state)}`;
  return {
    state: on,
    effects: [
      ...announce(...news),
      { type: 'remember', lastFailbackAt: state.lastFailbackAt, reason: reasonText, hold: state.hold },
      { type: 'wake' },
    ],
  };
}

/** A person or the record asked for this switch, so the region that is left need not be down. */
function isAsked(reason: SwitchReason): boolean {
  return reason.type === 'record' || reason.type === 'operator';
}

export function standbyCheckedInSwitch(state: Switching, event: EventOf<'standby-checked'>): RoutingStep {
  const { secondary } = state.targets;
  if (event.stream === undefined || secondary.stream !== undefined) return unchanged(state);
  return unchanged(withTarget(state, 'secondary', { ...secondary, stream: event.stream }));
}

/** The record may name a stream that another process found: it need not be searched for. */
export function recordChangedInSwitch(state: Switching, event: EventOf<'record-changed'>): RoutingStep {
  const { active, secondary } = event;
  const known = { ...state, recorded: { active, secondary } };
  const target = state.targets.secondary;
  // A target that is being arrived at has answered already.
  const isKnown = secondary === undefined || sameStream(secondary, target.stream);
  if (isKnown || state.arriving?.role === 'secondary') return unchanged(known);
  const learnt = withTarget(known, 'secondary', { ...target, stream: secondary });
  if (state.arriving !== undefined || !mayTakeOver(state, 'secondary')) {
    return unchanged(notAsking(learnt, 'secondary'));
  }
  return probeNow(learnt, 'secondary', secondary);
}

export function commandInSwitch(state: Switching, event: EventOf<'command'>): RoutingStep {
  const { command, by, why } = event;
  if (command === 'hold') return holdChanged(state, { by, why });
  if (command === 'release') return holdChanged(state, undefined);
  const { region } = state.targets[command === 'failover' ? 'secondary' : 'primary'];
  const because = 'a switch is under way already, and takes whichever region answers first';
  return { state, effects: announce({ type: 'switch-refused', region, because }) };
}
