import type { CallFailure } from '../call-failure.ts';
import type { Refusals } from '../refusals.ts';
import type { Evidence } from '../region-health.ts';
import type { StreamRef } from '../stream-address.ts';
import type { Hold, LeaseTerms, RecordedRouting, Role } from './state.ts';

/**
 * The result of a put. `at` is when it ended; an older `epoch` than the state's means that the target was left since.
 */
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
      readonly refusals: Refusals;
      readonly trial: boolean;
    })
  | (Reported & {
      readonly type: 'put-failed';
      readonly startedAt: number;
      readonly failure: CallFailure;
      readonly limitMs: number;
      /** The region answered and refused every entry: perhaps only one partition does. */
      readonly everyEntryRefused: boolean;
      readonly refusals: Refusals;
      readonly trial: boolean;
    })
  | (Reported & { readonly type: 'attempts-used-up' })
  /** The control plane says that the stream is gone. */
  | (Reported & { readonly type: 'stream-gone'; readonly ocid: string })
  /** A trial ended without a result. */
  | (Reported & { readonly type: 'trial-ended' })
  | {
      readonly type: 'probed';
      readonly at: number;
      readonly role: Role;
      readonly startedAt: number;
      readonly limitMs: number;
      readonly purpose: ProbePurpose;
      /** The stream that was probed. */
      readonly ocid: string;
      /** Undefined: the region answered the probe. */
      readonly failure: CallFailure | undefined;
    }
  | { readonly type: 'located'; readonly at: number; readonly role: Role; readonly stream: StreamRef }
  | {
      readonly type: 'not-located';
      readonly at: number;
      readonly role: Role;
      readonly problem: string;
      readonly unreachable: boolean;
      /** Before this, another attempt has no use (ms). */
      readonly retryInMs: number;
    }
  /** The standby was checked; none is created for that. `problem`: it cannot be used until a person repairs it. */
  | {
      readonly type: 'standby-checked';
      readonly at: number;
      readonly stream: StreamRef | undefined;
      readonly problem: string | undefined;
    }
  /** Another process, or a person, changed the record. */
  | ({ readonly type: 'record-changed'; readonly at: number } & RecordedRouting)
  /** The record that was to be written is on disk. */
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

/** What the router has to do after a step. */
export type RoutingEffect =
  | { readonly type: 'grant'; readonly lease: LeaseTerms }
  | { readonly type: 'locate'; readonly role: Role }
  | {
      readonly type: 'probe';
      readonly role: Role;
      readonly stream: StreamRef;
      readonly purpose: ProbePurpose;
    }
  | { readonly type: 'check-standby'; readonly stream: StreamRef | undefined }
  | { readonly type: 'write-record'; readonly record: RecordedRouting }
  /** What is kept over a restart, besides the record. */
  | {
      readonly type: 'remember';
      readonly lastFailbackAt: number | undefined;
      readonly reason: string;
      readonly hold: Hold | undefined;
    }
  | { readonly type: 'announce'; readonly news: RoutingNews }
  /** Aborts the waits of this epoch: each sender needs another lease. */
  | { readonly type: 'end-epoch'; readonly epoch: number }
  /** Senders that wait for a lease ask again. */
  | { readonly type: 'wake' };

/** What people are told, as members of the union in `events.ts`. */
export type RoutingNews =
  | {
      readonly type: 'failover-started';
      /** The region that is left. */
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
  /** The region that was to be left takes messages before the other one can. */
  | { readonly type: 'stayed'; readonly stream: StreamRef; readonly afterMs: number }
  /** The first batch stored by the region that became active. */
  | {
      readonly type: 'first-stored';
      readonly stream: StreamRef;
      readonly role: Role;
      readonly messages: number;
      readonly sinceSwitchMs: number;
    }
  /**
   * No region takes messages, so they wait. `offline`: there is no connection to either, so the fault may be on this
   * machine.
   */
  | {
      readonly type: 'no-region';
      readonly because: 'both-down' | 'offline' | 'no-stream';
      readonly latest: string;
    }
  /** Calls to the active region have become slow, or are no longer slow. They are answered, so it is not left. */
  | {
      readonly type: 'degraded' | 'prompt-again';
      readonly region: string;
      readonly role: Role;
      /** The median of its latest calls, in ms. */
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
  /** The standby cannot be used until a person repairs it. Told when that is found and when the problem changes. */
  | { readonly type: 'standby-unusable'; readonly region: string; readonly problem: string }
  | { readonly type: 'standby-usable'; readonly region: string; readonly stream: StreamRef }
  | { readonly type: 'stream-gone'; readonly region: string; readonly ocid: string }
  /** A switch that was asked for cannot be made. */
  | { readonly type: 'switch-refused'; readonly region: string; readonly because: string }
  | { readonly type: 'hold-changed'; readonly hold: Hold | undefined };
