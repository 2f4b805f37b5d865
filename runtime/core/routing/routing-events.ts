import type { CallFailure } from '../call-failure.ts';
import type { Evidence, FailedCall } from '../region-health.ts';
import type { StreamRef } from '../stream-address.ts';
import type { Hold, LeaseTerms, RecordedRouting, Role } from './state.ts';

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
      /** The failed attempts of the same messages before this one, in this round. */
      readonly earlier: readonly FailedCall[];
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
