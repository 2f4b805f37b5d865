import { channel } from 'node:diagnostics_channel';

import type { CallFailure, FailureKind, Role, RoutingNews } from './core/index.ts';

import { thrownInWords } from './errors.ts';
import type { StreamRef } from './region.ts';

/**
 * Everything that happens and that somebody may want to know: one union, one listener, the same words in log, status and
 * tests. No event holds a key, a token or a message's value.
 */
export type HaEvent =
  // --- writing
  | {
      readonly type: 'attempt-failed';
      readonly region: string;
      readonly role: Role;
      /** Numbered from 1 for each batch and region. */
      readonly attempt: number;
      readonly failure: CallFailure;
      readonly kind: FailureKind;
      readonly messages: number;
      readonly retryInMs?: number;
    }
  | RoutingNews
  /** The service refused an entry and stored a later one of its key in the same request: order is lost. */
  | { readonly type: 'reordered'; readonly region: string; readonly messages: number }
  | {
      readonly type: 'entries-refused';
      readonly region: string;
      readonly messages: number;
      readonly of: number;
      readonly status: number;
      /** Of the refused messages, as far as receipts have told the partitions of their keys. */
      readonly partitions: readonly string[];
    }
  | { readonly type: 'delivery-failed'; readonly messages: number; readonly error: Error }
  // --- the secondary
  | { readonly type: 'secondary-absent'; readonly region: string; readonly name: string }
  | { readonly type: 'secondary-created'; readonly stream: StreamRef }
  | { readonly type: 'secondary-adopted'; readonly stream: StreamRef; readonly warnings: readonly string[] }
  | {
      readonly type: 'secondary-awaited';
      readonly region: string;
      readonly ocid: string;
      readonly state: string;
      readonly forMs: number;
    }
  /** A secondary that is being made for minutes; `workRequest` is what the control plane says of its making. */
  | {
      readonly type: 'secondary-stuck';
      readonly stream: string;
      readonly region: string;
      readonly state: string;
      readonly workRequest: string;
      readonly forMs: number;
    }
  | {
      readonly type: 'provision-failed';
      readonly region: string;
      readonly error: Error;
      readonly retryInMs: number;
    }
  // --- what is written down
  | { readonly type: 'record-written'; readonly file: string; readonly activeRegion: string }
  | {
      readonly type: 'record-failed';
      readonly file: string;
      readonly error: Error;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'record-changed';
      readonly file: string;
      readonly activeRegion: string | undefined;
      readonly secondary: StreamRef | undefined;
    }
  | { readonly type: 'environment-exported'; readonly where: readonly string[] }
  | { readonly type: 'stack-refreshed' }
  /** There is no `pulumi` or no stack here: nothing to do. */
  | { readonly type: 'stack-skipped'; readonly what: string; readonly because: string }
  // --- reading
  | {
      readonly type: 'read-failed';
      readonly region: string;
      readonly role: Role;
      readonly failure: CallFailure;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'now-consuming';
      readonly stream: StreamRef;
      readonly role: Role;
      readonly because: string;
    }
  | {
      readonly type: 'gap';
      readonly region: string;
      readonly partition: string | undefined;
      readonly from: number | undefined;
      readonly to: number | undefined;
    }
  | { readonly type: 'cursor-renewed'; readonly region: string; readonly because: string }
  | {
      readonly type: 'handler-failed';
      readonly region: string;
      readonly partition: string;
      readonly offset: number;
      readonly attempt: number;
      readonly error: unknown;
      readonly retryInMs: number | undefined;
    }
  // --- anything else that a person should see
  | { readonly type: 'clock-corrected'; readonly region: string; readonly byMs: number }
  | { readonly type: 'warning'; readonly about: string; readonly message: string };

export type { Role } from './core/index.ts';

export type EventListener = (event: HaEvent) => void;

/** Where programs that trace listen: `diagnostics_channel.subscribe('oci-streaming-ha', …)`. Free when nobody does. */
const trace = channel('oci-streaming-ha');

/** One way out for events. A listener that throws is the listener's fault and never stops a message. */
export function eventOutlet(listener: EventListener | undefined): EventListener {
  return (event) => {
    if (trace.hasSubscribers) trace.publish(event);
    if (listener === undefined) return;
    try {
      listener(event);
    } catch (error) {
      process.emitWarning(thrownInWords(error), 'OciStreamingHaListener');
    }
  };
}
