import { type CallBudget, newCallBudget } from '../backoff.ts';
import type { PrimaryRecovery } from '../failback.ts';
import { type Evidence, HEALTHY, type RegionHealth } from '../region-health.ts';
import { NO_SINGLE_REFUSALS, type SingleRefusals } from '../refusals.ts';
import { type CallPace, NEVER_STORED, type StoreRhythm, UNKNOWN_PACE } from '../region-pace.ts';
import type { StreamRef } from '../stream-address.ts';

export type Role = 'primary' | 'secondary';

export const OTHER: Readonly<Record<Role, Role>> = Object.freeze({
  primary: 'secondary',
  secondary: 'primary',
});

/** A region with its stream, and what this process knows about it. */
export interface TargetState {
  readonly region: string;
  /** Undefined while the stream is not known. */
  readonly stream: StreamRef | undefined;
  readonly health: RegionHealth;
  /** The latest call for messages failed and is tried again, also when that is no evidence (409, 404). */
  readonly isFailing: boolean;
  readonly budget: CallBudget;
  readonly pace: CallPace;
  readonly rhythm: StoreRhythm;
  /** For `strictOrder: auto`. */
  readonly singleRefusals: SingleRefusals;
  /** Probes that add evidence when there is little traffic; undefined while the region is healthy. */
  readonly probing: VerdictProbes | undefined;
  /** The reason why the latest check or probe found it unusable; undefined when it was usable, or not checked. */
  readonly problem: string | undefined;
}

export interface VerdictProbes {
  readonly nextAt: number;
  readonly outstanding: number;
  /** When the latest attempt for messages failed. */
  readonly failedAt: number;
  /** A probe was answered, so no more are sent: only messages can show whether the region stores any. */
  readonly answered: boolean;
}

/** Why the active target is left. */
export type SwitchReason =
  | { readonly type: 'verdict'; readonly evidence: Evidence }
  | { readonly type: 'stream-gone'; readonly ocid: string }
  | { readonly type: 'operator'; readonly by: string; readonly why: string }
  /** Another process, or a person, wrote another active region into the record. */
  | { readonly type: 'record' }
  /** At the start the primary's stream is not known. */
  | { readonly type: 'start'; readonly problem: string };

/** The part of the record that concerns routing. Without a record the primary is active. */
export interface RecordedRouting {
  readonly active: Role;
  readonly secondary: StreamRef | undefined;
}

export interface Hold {
  readonly by: string;
  readonly why: string;
}

/** The state of the checks whether one of the two targets takes messages. */
export interface TargetCheck {
  /** A search for the stream, or a probe, is under way. */
  readonly asking: boolean;
  readonly failures: number;
  readonly nextAt: number;
  /** The problem that the latest check found. */
  readonly problem: string | undefined;
  /** The latest check failed at network level. */
  readonly unreachable: boolean;
}

interface Common {
  /** Grows with every switch. A report of an older epoch changes nothing. */
  readonly epoch: number;
  readonly targets: Readonly<Record<Role, TargetState>>;
  /** What the record says, even if it names a region that could not be followed. */
  readonly recorded: RecordedRouting | undefined;
  readonly hold: Hold | undefined;
  /** Monotonic ms; negative when it was before this process started. */
  readonly lastFailbackAt: number | undefined;
  /** When the standby is next checked (monotonic ms). */
  readonly standbyCheckAt: number;
}

interface OnEitherTarget extends Common {
  readonly since: number;
  /** A message was stored since the switch. */
  readonly storedSince: boolean;
}

export type OnPrimary = OnEitherTarget & { readonly type: 'on-primary' };
export type OnSecondary = OnEitherTarget & {
  readonly type: 'on-secondary';
  /** When the primary was left. */
  readonly leftAt: number;
  readonly recovery: PrimaryRecovery;
  readonly probeAt: number;
};
/** Either target takes the messages. */
export type OnTarget = OnPrimary | OnSecondary;
export type Switching = Common & {
  readonly type: 'switching';
  readonly from: Role;
  readonly since: number;
  readonly reason: SwitchReason;
  /** When the primary was left: now, or before a switch of the secondary. */
  readonly leftAt: number;
  readonly checks: Readonly<Record<Role, TargetCheck>>;
  /**
   * A target takes messages, and its record is being written: until then (monotonic ms) the switch waits for the disk.
   */
  readonly arriving: { readonly role: Role; readonly until: number } | undefined;
  /** It was announced that no region takes messages. */
  readonly announced: boolean;
};
export type Closed = Common & { readonly type: 'closed' };

export type RoutingState = OnPrimary | OnSecondary | Switching | Closed;

/** Permission to write to a target until its epoch ends. A trial is one attempt at a primary that has recovered. */
export interface LeaseTerms {
  readonly epoch: number;
  readonly role: Role;
  readonly stream: StreamRef;
  readonly trial: boolean;
}

export interface RoutingLimits {
  readonly requestTimeoutMs: number;
  readonly failoverOnThrottle: boolean;
  readonly failback: boolean;
  readonly failbackAfterMs: number;
  readonly failbackMinIntervalMs: number;
  readonly probeIntervalMs: number;
}

/** The first check of the standby comes after the calls of the start, in ms. */
const FIRST_STANDBY_CHECK_MS = 500;

export interface RoutingStart {
  readonly now: number;
  readonly regions: Readonly<Record<Role, string>>;
  readonly streams: Readonly<Record<Role, StreamRef | undefined>>;
  readonly active: Role;
  /** Evidence from the search for the primary. */
  readonly primaryHealth?: RegionHealth;
  readonly recorded: RecordedRouting | undefined;
  readonly hold?: Hold | undefined;
  readonly lastFailbackAt?: number | undefined;
  readonly limits: RoutingLimits;
}

/**
 * The state in which a process begins. If the stream of the active target is not known, it begins with the search for a
 * target that takes messages. The first event must be `time`.
 */
export function startRouting(start: RoutingStart): RoutingState {
  const { now, regions, streams, active } = start;
  const target = (role: Role): TargetState => ({
    region: regions[role],
    stream: streams[role],
    health: HEALTHY,
    isFailing: false,
    budget: newCallBudget(now),
    pace: UNKNOWN_PACE,
    rhythm: NEVER_STORED,
    singleRefusals: NO_SINGLE_REFUSALS,
    probing: undefined,
    problem: undefined,
  });
  const targets = {
    primary: { ...target('primary'), health: start.primaryHealth ?? HEALTHY },
    secondary: target('secondary'),
  };
  const common: Common = {
    epoch: 1,
    targets,
    recorded: start.recorded,
    hold: start.hold,
    lastFailbackAt: start.lastFailbackAt,
    standbyCheckAt: now + FIRST_STANDBY_CHECK_MS,
  };
  if (streams[active] === undefined) {
    const health = targets[active].health;
    const reason: SwitchReason =
      health.type === 'suspect'
        ? { type: 'verdict', evidence: health.evidence }
        : { type: 'start', problem: `the stream in ${regions[active]} is not known` };
    const checks = { primary: NOT_CHECKED, secondary: NOT_CHECKED };
    return {
      ...common,
      type: 'switching',
      from: active,
      since: now,
      leftAt: now,
      reason,
      checks,
      arriving: undefined,
      announced: false,
    };
  }
  const on = { ...common, since: now, storedSince: true };
  if (active === 'primary') return { ...on, type: 'on-primary' };
  return {
    ...on,
    type: 'on-secondary',
    leftAt: now,
    recovery: { type: 'silent', probes: 0 },
    probeAt: now + start.limits.probeIntervalMs,
  };
}

export const NOT_CHECKED: TargetCheck = Object.freeze({
  asking: false,
  failures: 0,
  nextAt: -Infinity,
  problem: undefined,
  unreachable: false,
});
