import type { CallFailure } from '../call-failure.ts';
import { UNKNOWN_PACE, type CallPace } from '../call-pace.ts';
import { startCallRate, type CallRate } from '../call-rate.ts';
import type { Recovery } from '../recovery.ts';
import { HEALTHY, type Evidence, type RegionHealth } from '../region-health.ts';
import { NEVER_STORED, type StoreRhythm } from '../store-rhythm.ts';
import type { StreamRef } from '../stream-address.ts';

export type Role = 'primary' | 'secondary';

export const OTHER: Readonly<Record<Role, Role>> = Object.freeze({
  primary: 'secondary',
  secondary: 'primary',
});

/** A region together with its stream, and what this process thinks of it. */
export interface TargetState {
  readonly region: string;
  /** Undefined while it is not known where the stream is. */
  readonly stream: StreamRef | undefined;
  readonly health: RegionHealth;
  readonly rate: CallRate;
  readonly pace: CallPace;
  readonly rhythm: StoreRhythm;
  /** Entries were refused lately: until then, requests hold one message of each key (`strictOrder: auto`). */
  readonly refusingUntil: number;
  /** Probes that add evidence where traffic is thin; undefined while nothing is suspect. */
  readonly probing: VerdictProbes | undefined;
  /** Why it could not be used when it was looked at last, in words; undefined when it could, or was not looked at. */
  readonly problem: string | undefined;
}

export interface VerdictProbes {
  readonly nextAt: number;
  readonly outstanding: number;
  /** When a message's attempt failed last. */
  readonly failedAt: number;
  /** A probe was answered: from now on only messages can tell. */
  readonly answered: boolean;
}

/** Why the active target is left. */
export type SwitchReason =
  | { readonly type: 'verdict'; readonly evidence: Evidence }
  | { readonly type: 'stream-gone'; readonly ocid: string }
  | { readonly type: 'operator'; readonly by: string; readonly why: string }
  /** Another process, or a person, wrote another active region into the record. */
  | { readonly type: 'record' }
  /** At the start it is not known where the primary is. */
  | { readonly type: 'start'; readonly problem: string };

/** What the record says about routing; undefined: there is no record, so the primary is active. */
export interface RecordedRouting {
  readonly active: Role;
  readonly secondary: StreamRef | undefined;
}

export interface Hold {
  readonly by: string;
  readonly why: string;
}

/** How looking for a target that takes messages goes, for one of the two. */
export interface Look {
  /** A locate or a probe is under way. */
  readonly asking: boolean;
  readonly failures: number;
  readonly nextAt: number;
  /** The latest answer, in words. */
  readonly problem: string | undefined;
  /** The latest answer was a failure at network level. */
  readonly unreachable: boolean;
}

interface Common {
  /** Grows with every switch; a report of an older epoch changes nothing. */
  readonly epoch: number;
  readonly targets: Readonly<Record<Role, TargetState>>;
  /** What the record says, also where it names a region that could not be followed. */
  readonly recorded: RecordedRouting | undefined;
  readonly hold: Hold | undefined;
  /** Monotonic ms; negative when it was before this process started. */
  readonly lastFailbackAt: number | undefined;
  /** When the standby is looked at next (monotonic ms). */
  readonly standbyCheckAt: number;
}

interface OnTarget extends Common {
  readonly since: number;
  /** Something was stored since the switch. */
  readonly storedSince: boolean;
}

export type OnPrimary = OnTarget & { readonly type: 'on-primary' };
export type OnSecondary = OnTarget & {
  readonly type: 'on-secondary';
  /** When the primary was left. */
  readonly leftAt: number;
  readonly recovery: Recovery;
  readonly probeAt: number;
};
export type Switching = Common & {
  readonly type: 'switching';
  readonly from: Role;
  readonly since: number;
  readonly reason: SwitchReason;
  /** When the primary was left: now, or before a switch of the secondary. */
  readonly leftAt: number;
  readonly looks: Readonly<Record<Role, Look>>;
  /** A target takes messages; its record is being written, for a moment at most. */
  readonly arriving: { readonly role: Role; readonly until: number } | undefined;
  /** It was announced that no region takes messages. */
  readonly announced: boolean;
};
export type Closed = Common & { readonly type: 'closed' };

export type RoutingState = OnPrimary | OnSecondary | Switching | Closed;

/** Permission to write to a target until its epoch ends. A trial is one attempt at a primary that seems well again. */
export interface Lease {
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

/** What a put, or a probe, came to. `at` is when it ended, `startedAt` when it began. */
interface Reported {
  readonly at: number;
  readonly epoch: number;
  readonly role: Role;
}

export type ProbePurpose = 'verdict' | 'recovery' | 'switch' | 'standby';

export type RoutingEvent =
  /** A put was answered with 200; `refused` of its entries are not stored. */
  | (Reported & {
      readonly type: 'put-answered';
      readonly tookMs: number;
      readonly stored: number;
      readonly refused: number;
      readonly trial: boolean;
    })
  | (Reported & {
      readonly type: 'put-failed';
      readonly startedAt: number;
      readonly failure: CallFailure;
      readonly limitMs: number;
      /** The region answered, and refused every entry: perhaps only one partition does. */
      readonly everyEntryRefused: boolean;
      readonly trial: boolean;
    })
  | (Reported & { readonly type: 'attempts-used-up' })
  /** The control plane says that the stream is gone. */
  | (Reported & { readonly type: 'stream-gone'; readonly ocid: string })
  /** A trial ended without a report. */
  | (Reported & { readonly type: 'trial-ended' })
  | {
      readonly type: 'probed';
      readonly at: number;
      readonly role: Role;
      readonly startedAt: number;
      readonly limitMs: number;
      readonly purpose: ProbePurpose;
      /** Of the stream that was asked. */
      readonly ocid: string;
      /** Undefined: the region answered. */
      readonly failure: CallFailure | undefined;
    }
  | { readonly type: 'located'; readonly at: number; readonly role: Role; readonly stream: StreamRef }
  | {
      readonly type: 'not-located';
      readonly at: number;
      readonly role: Role;
      readonly problem: string;
      readonly unreachable: boolean;
      /** It is of no use to ask sooner (ms). */
      readonly retryInMs: number;
    }
  /** The standby was looked at without making one. `problem`: it cannot be used, and a person must repair that. */
  | {
      readonly type: 'standby-checked';
      readonly at: number;
      readonly stream: StreamRef | undefined;
      readonly problem: string | undefined;
    }
  /** Others, or a person, changed the record. */
  | ({ readonly type: 'record-changed'; readonly at: number } & RecordedRouting)
  /** What the record has to say is on disk. */
  | { readonly type: 'record-written'; readonly at: number }
  | {
      readonly type: 'command';
      readonly at: number;
      readonly command: 'failover' | 'failback' | 'hold' | 'release';
      readonly by: string;
      readonly why: string;
    }
  | { readonly type: 'lease-wanted'; readonly at: number }
  | { readonly type: 'time'; readonly at: number }
  | { readonly type: 'closed'; readonly at: number };

/** What the shell has to do after a step. */
export type RoutingEffect =
  | { readonly type: 'grant'; readonly lease: Lease }
  | { readonly type: 'locate'; readonly role: Role }
  | {
      readonly type: 'probe';
      readonly role: Role;
      readonly stream: StreamRef;
      readonly purpose: ProbePurpose;
    }
  | { readonly type: 'check-standby'; readonly stream: StreamRef | undefined }
  | { readonly type: 'write-record'; readonly record: RecordedRouting }
  /** What survives a restart besides the record. */
  | {
      readonly type: 'remember';
      readonly lastFailbackAt: number | undefined;
      readonly reason: string;
      readonly hold: Hold | undefined;
    }
  | { readonly type: 'announce'; readonly news: RoutingNews }
  /** Whoever waits to try again in this epoch has to ask for another lease. */
  | { readonly type: 'end-epoch'; readonly epoch: number }
  /** Whoever waits for a lease may ask again. */
  | { readonly type: 'wake' };

/** What is worth telling people, in the words of `events.ts`. */
export type RoutingNews =
  | {
      readonly type: 'failover-started';
      /** Of the region that is left. */
      readonly role: Role;
      readonly from: string;
      readonly to: string;
      readonly because: Evidence;
    }
  | {
      readonly type: 'failover-done';
      readonly from: string;
      readonly to: StreamRef;
      readonly role: Role;
      readonly tookMs: number;
      readonly because: Evidence | string;
    }
  | { readonly type: 'failback-done'; readonly from: string; readonly to: StreamRef; readonly awayMs: number }
  /** The region that was being left takes messages before the other one can. */
  | { readonly type: 'stayed'; readonly stream: StreamRef; readonly afterMs: number }
  /** The first batch that the new active region stored after a switch. */
  | {
      readonly type: 'first-stored';
      readonly stream: StreamRef;
      readonly role: Role;
      readonly messages: number;
      readonly sinceSwitchMs: number;
    }
  /** No region takes messages: they wait. `offline`: not even a connection to either, so the fault may be here. */
  | {
      readonly type: 'no-region';
      readonly because: 'both-down' | 'offline' | 'no-stream';
      readonly latest: string;
    }
  /** Calls to a region take long, or no longer do; all of them are answered, so it is not left for that. */
  | {
      readonly type: 'degraded' | 'prompt-again';
      readonly region: string;
      readonly role: Role;
      /** Of its latest calls. */
      readonly medianMs: number;
    }
  /** A probe of the primary while the secondary is active. */
  | {
      readonly type: 'probe';
      readonly region: string;
      readonly answered: boolean;
      readonly detail: string;
      readonly phase: string;
    }
  | { readonly type: 'trial-failed'; readonly region: string; readonly failure: string }
  /** The standby cannot be used, and only a person can repair that; said when it is found and when it changes. */
  | { readonly type: 'standby-unusable'; readonly region: string; readonly problem: string }
  | { readonly type: 'standby-usable'; readonly region: string; readonly stream: StreamRef }
  | { readonly type: 'stream-gone'; readonly region: string; readonly ocid: string }
  /** A switch that somebody asked for cannot be made. */
  | { readonly type: 'switch-refused'; readonly region: string; readonly because: string }
  | { readonly type: 'hold-changed'; readonly hold: Hold | undefined };

/** The first look at the standby comes when the start-up calls are over. */
const FIRST_STANDBY_CHECK_MS = 500;

export interface RoutingStart {
  readonly now: number;
  readonly regions: Readonly<Record<Role, string>>;
  readonly streams: Readonly<Record<Role, StreamRef | undefined>>;
  readonly active: Role;
  /** The evidence that was gathered while the primary was looked for. */
  readonly primaryHealth?: RegionHealth;
  readonly recorded: RecordedRouting | undefined;
  readonly hold?: Hold | undefined;
  readonly lastFailbackAt?: number | undefined;
  readonly limits: RoutingLimits;
}

/**
 * Routing as a process begins. With an active target whose stream is not known, it begins with looking for one that takes
 * messages. The first event must be `time`.
 */
export function startRouting(start: RoutingStart): RoutingState {
  const { now, regions, streams, active } = start;
  const target = (role: Role): TargetState => ({
    region: regions[role],
    stream: streams[role],
    health: HEALTHY,
    rate: startCallRate(now),
    pace: UNKNOWN_PACE,
    rhythm: NEVER_STORED,
    refusingUntil: -Infinity,
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
    const looks = { primary: NOT_LOOKED, secondary: NOT_LOOKED };
    return {
      ...common,
      type: 'switching',
      from: active,
      since: now,
      leftAt: now,
      reason,
      looks,
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

export const NOT_LOOKED: Look = Object.freeze({
  asking: false,
  failures: 0,
  nextAt: -Infinity,
  problem: undefined,
  unreachable: false,
});
