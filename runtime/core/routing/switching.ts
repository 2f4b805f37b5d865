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

/** The other region comes first: this many looks at it alone, or this long, before whichever answers first is taken. */
const CHECKS_OF_THE_OTHER = 2;
const OTHER_FIRST_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS = 1_000;
/** How long a switch waits for the record to be on disk, in ms: a slow disk must not hold up messages. */
const RECORD_PATIENCE_MS = 200;

export function leave(state: OnTarget, reason: SwitchReason, at: number): RoutingStep {
  const from = roleOf(state);
  const other = OTHER[from];
  const { targets } = state;
  const target = targets[from];
  const first = { ...NOT_CHECKED, nextAt: at };
  // A stream that is gone has to be found or made anew meanwhile; else the region that is left is asked later.
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

/** Asks each target whose turn it is. A target that cannot be used keeps nobody from the other one (R3). */
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

/** When a target is asked next; Infinity while it is being asked, or while a hold keeps messages from it. */
export function nextCheck(state: Switching, role: Role): number {
  const { asking, nextAt } = state.checks[role];
  return asking || !mayTakeOver(state, role) ? Infinity : nextAt;
}

/** R5: a hold keeps messages in the region that was lost, unless somebody asked for this very switch. */
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
  // What was asked before this switch, or of another stream, says nothing (R1).
  const isOfThisLook =
    event.purpose === 'switch' &&
    event.startedAt >= state.since &&
    state.targets[role].stream?.ocid === event.ocid;
  if (!isOfThisLook) return unchanged(state);
  if (failure === undefined) {
    const answered = notAsking(state, role);
    return mayTakeOver(state, role) ? arriveAt(answered, role, at) : unchanged(answered);
  }
  // A stream that is gone, or not there yet: it is located anew.
  const isAbsent = failureKind(failure) === 'absent' && role === 'secondary';
  const target = state.targets[role];
  const after = isAbsent ? withTarget(state, role, { ...target, stream: undefined }) : state;
  return checkFailed(after, role, at, problemOf(target, event) ?? '', failure.type === 'unreachable');
}

export function locatedInSwitch(state: Switching, event: EventOf<'located'>): RoutingStep {
  const { role, stream } = event;
  // One that is being arrived at has answered already.
  if (state.arriving?.role === role) return unchanged(state);
  const after = withTarget(state, role, { ...state.targets[role], stream });
  // Nothing is asked while a target is arrived at; should that fail, this one has its turn.
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
  // The other one had its checks: from now on the region that is left may take over again.
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

/** Said once: no region takes messages. */
function announced(state: Switching): RoutingStep {
  const other = mayTakeOver(state, OTHER[state.from]) ? OTHER[state.from] : state.from;
  const check = state.checks[other];
  if (state.announced || state.arriving !== undefined || check.failures < CHECKS_OF_THE_OTHER)
    return unchanged(state);
  // Nothing is wrong with a region that is left on request, as far as is known.
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

/** A target takes messages: what the record has to say comes first, for a moment at most. */
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

/** Somebody asked for this switch; nothing is wrong with the region that is left. */
function isAsked(reason: SwitchReason): boolean {
  return reason.type === 'record' || reason.type === 'operator';
}

export function standbyCheckedInSwitch(state: Switching, event: EventOf<'standby-checked'>): RoutingStep {
  const { secondary } = state.targets;
  if (event.stream === undefined || secondary.stream !== undefined) return unchanged(state);
  return unchanged(withTarget(state, 'secondary', { ...secondary, stream: event.stream }));
}

/** What another process found out helps: a stream that it names need not be checked for. */
export function recordChangedInSwitch(state: Switching, event: EventOf<'record-changed'>): RoutingStep {
  const { active, secondary } = event;
  const known = { ...state, recorded: { active, secondary } };
  const target = state.targets.secondary;
  // One that is being arrived at has answered.
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
