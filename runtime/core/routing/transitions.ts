import { probedOnPrimary, standbyChecked, timeOnPrimary } from './on-primary.ts';
import {
  answeredOnSecondary,
  failedOnSecondary,
  grantOnSecondary,
  locatedOnSecondary,
  notLocatedOnSecondary,
  probedOnSecondary,
  timeOnSecondary,
  trialEnded,
} from './on-secondary.ts';
import {
  answeredOnTarget,
  commandOnTarget,
  failedOnTarget,
  goneOnTarget,
  grant,
  locatedOnTarget,
  recordChangedOnTarget,
  usedUpOnTarget,
} from './on-target.ts';
import type { RoutingEvent } from './routing-events.ts';
import type { Closed, LeaseTerms, Role, RoutingLimits, RoutingState } from './state.ts';
import { activeRole, type EventOf, recordToWrite, type RoutingStep, unchanged, withTarget } from './step.ts';
import {
  commandInSwitch,
  locatedInSwitch,
  nextCheck,
  notLocatedInSwitch,
  probedInSwitch,
  recordChangedInSwitch,
  recordWrittenInSwitch,
  standbyCheckedInSwitch,
  timeInSwitch,
} from './switching.ts';
import { takeCallTurn } from './targets.ts';

type Cell<S, E> = (state: S, event: E, limits: RoutingLimits) => RoutingStep;

/** One cell for each state and event; the compiler requires all of them. */
type TransitionTable = {
  readonly [S in RoutingState['type']]: {
    readonly [E in RoutingEvent['type']]: Cell<Extract<RoutingState, { type: S }>, EventOf<E>>;
  };
};

const TABLE: TransitionTable = {
  'on-primary': {
    'put-answered': answeredOnTarget,
    'put-failed': failedOnTarget,
    'attempts-used-up': usedUpOnTarget,
    'stream-gone': goneOnTarget,
    'trial-ended': unchanged,
    probed: probedOnPrimary,
    located: locatedOnTarget,
    'not-located': unchanged,
    'standby-checked': standbyChecked,
    'record-changed': recordChangedOnTarget,
    'record-written': unchanged,
    command: commandOnTarget,
    'lease-wanted': grant,
    time: timeOnPrimary,
    closed: close,
  },
  'on-secondary': {
    'put-answered': answeredOnSecondary,
    'put-failed': failedOnSecondary,
    'attempts-used-up': usedUpOnTarget,
    'stream-gone': goneOnTarget,
    'trial-ended': trialEnded,
    probed: probedOnSecondary,
    located: locatedOnSecondary,
    'not-located': notLocatedOnSecondary,
    'standby-checked': unchanged,
    'record-changed': recordChangedOnTarget,
    'record-written': unchanged,
    command: commandOnTarget,
    'lease-wanted': grantOnSecondary,
    time: timeOnSecondary,
    closed: close,
  },
  switching: {
    // Reports of the epoch that ended settle their messages and change nothing (R1).
    'put-answered': unchanged,
    'put-failed': unchanged,
    'attempts-used-up': unchanged,
    'stream-gone': unchanged,
    'trial-ended': unchanged,
    probed: probedInSwitch,
    located: locatedInSwitch,
    'not-located': notLocatedInSwitch,
    'standby-checked': standbyCheckedInSwitch,
    'record-changed': recordChangedInSwitch,
    'record-written': recordWrittenInSwitch,
    command: commandInSwitch,
    // Senders wait only in this state (R2).
    'lease-wanted': unchanged,
    time: timeInSwitch,
    closed: close,
  },
  closed: {
    'put-answered': unchanged,
    'put-failed': unchanged,
    'attempts-used-up': unchanged,
    'stream-gone': unchanged,
    'trial-ended': unchanged,
    probed: unchanged,
    located: unchanged,
    'not-located': unchanged,
    'standby-checked': unchanged,
    'record-changed': unchanged,
    'record-written': unchanged,
    command: unchanged,
    'lease-wanted': unchanged,
    time: unchanged,
    closed: unchanged,
  },
};

/** One step of the routing state machine. */
export function route(state: RoutingState, event: RoutingEvent, limits: RoutingLimits): RoutingStep {
  const cell = TABLE[state.type][event.type] as Cell<RoutingState, RoutingEvent>;
  return recorded(state, cell(state, event, limits));
}

/**
 * How long a call under this lease has to wait, in ms, and the state after it. Calls of an epoch that has ended, and
 * trials, are few: they never wait.
 */
export function takeTurn(
  state: RoutingState,
  lease: LeaseTerms,
  at: number,
): { readonly state: RoutingState; readonly waitMs: number } {
  if (lease.epoch !== state.epoch || lease.role !== activeRole(state)) return { state, waitMs: 0 };
  const { target, waitMs } = takeCallTurn(state.targets[lease.role], at);
  return { state: withTarget(state, lease.role, target), waitMs };
}

/** When the next `time` event is due (monotonic ms); Infinity: never. */
export function nextTime(state: RoutingState): number {
  const probe = (role: Role): number => state.targets[role].probing?.nextAt ?? Infinity;
  switch (state.type) {
    case 'on-primary':
      return Math.min(probe('primary'), state.standbyCheckAt);
    case 'on-secondary':
      return Math.min(probe('secondary'), state.probeAt);
    case 'switching': {
      if (state.arriving !== undefined) return state.arriving.until;
      return Math.min(nextCheck(state, 'primary'), nextCheck(state, 'secondary'));
    }
    case 'closed':
      return Infinity;
  }
}

/** R4: adds the writing of the record to any step that requires it. */
function recorded(before: RoutingState, { state, effects }: RoutingStep): RoutingStep {
  const hasFailedBack = before.type === 'on-secondary' && state.type === 'on-primary';
  const wanted = recordToWrite(state, hasFailedBack);
  if (wanted === undefined) return { state, effects };
  return {
    state: { ...state, recorded: wanted },
    effects: [...effects, { type: 'write-record', record: wanted }],
  };
}

function close(state: RoutingState): RoutingStep {
  const closed: Closed = {
    type: 'closed',
    epoch: state.epoch,
    targets: state.targets,
    recorded: state.recorded,
    hold: state.hold,
    lastFailbackAt: state.lastFailbackAt,
    standbyCheckAt: Infinity,
  };
  return { state: closed, effects: [{ type: 'end-epoch', epoch: state.epoch }, { type: 'wake' }] };
}
