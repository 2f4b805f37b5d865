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
  // --- the outbox
  /** Messages of an earlier process wait there; they are sent first. */
  | {
      readonly type: 'outbox-found';
      readonly directory: string;
      readonly messages: number;
      readonly bytes: number;
    }
  /** From now on messages go to disk. */
  | { readonly type: 'outbox-used'; readonly directory: string; readonly because: string }
  /** How sending what is in it goes on: at the beginning, every few seconds, and at the end. */
  | {
      readonly type: 'outbox-draining';
      readonly directory: string;
      /** Messages that are left. */
      readonly left: number;
      readonly perSecond: number;
      /** Undefined while it cannot be told. */
      readonly emptyInMs: number | undefined;
    }
  /** Nothing is left in it. */
  | {
      readonly type: 'outbox-drained';
      readonly directory: string;
      readonly messages: number;
      readonly forMs: number;
    }
  /** Nothing more can be written to it for now; it is tried again. */
  | { readonly type: 'outbox-full'; readonly directory: string; readonly because: string }
  /** The disk failed: nothing more is written to it until the next start, and what is in it stays. */
  | { readonly type: 'outbox-stopped'; readonly directory: string; readonly because: string }
  /** Its files were removed while they were in use, and with them so many messages that no region has. */
  | {
      readonly type: 'outbox-lost';
      readonly directory: string;
      readonly messages: number;
      readonly because: string;
    }
  /** A message in it can never be stored, or is too old: it is moved to a file of failed ones. */
  | {
      readonly type: 'outbox-failed';
      readonly directory: string;
      readonly sequence: number;
      readonly error: Error;
    }
  | {
      readonly type: 'outbox-damaged';
      readonly directory: string;
      readonly file: string;
      readonly because: string;
    }
  /** What was readable of a damaged file is in a fresh one; `missing` is undefined when the file does not tell. */
  | {
      readonly type: 'outbox-recovered';
      readonly directory: string;
      readonly setAside: string;
      readonly messages: number;
      readonly missing: number | undefined;
    }
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
      /** Undefined beside a `from`: the partition is empty now, or cannot be read, so whether any was lost is not known. */
      readonly to: number | undefined;
    }
  | { readonly type: 'cursor-renewed'; readonly region: string; readonly because: string }
  | {
      readonly type: 'handler-failed';
      /** The message, or the first one of a batch: */
      readonly region: string;
      readonly partition: string;
      readonly offset: number;
      /** How many the handler had in this call. */
      readonly messages: number;
      readonly attempt: number;
      readonly error: unknown;
      /** Undefined: the message is given up. 0: each message of the batch is tried by itself now. */
      readonly retryInMs: number | undefined;
    }
  | {
      readonly type: 'dead-letter-stored';
      /** The message: */
      readonly region: string;
      readonly partition: string;
      readonly offset: number;
      readonly attempts: number;
      /** Name of the stream, and the region that stored it. */
      readonly stream: string;
      readonly to: string;
      /** False: the message does not fit with its reason, and is stored as it was. */
      readonly hasReason: boolean;
    }
  // --- anything else that a person should see
  | { readonly type: 'clock-corrected'; readonly region: string; readonly byMs: number }
  | {
      readonly type: 'warning';
      readonly code: WarningCode;
      /** The region that it is about; undefined when it is about none. */
      readonly region?: string | undefined;
      readonly message: string;
    };

/** The `type` of every event, and what it tells. docs/events.md is checked against this table. */
export const eventTypes: Readonly<Record<HaEvent['type'], string>> = Object.freeze({
  'attempt-failed':
    'An attempt to store a batch failed. `attempt` is counted from 1 for each batch and region; `messages` is the size of the batch.',
  'failover-started': 'The active region is judged down: `because` has the evidence.',
  'failover-done': 'Messages go to the other region from now on.',
  'failback-done': 'Messages go to the primary again.',
  stayed: 'The region that was being left answers again before the other one could take over.',
  'standby-unusable':
    'The standby cannot be used, and only a person can repair that; said when it is found and when it changes.',
  'standby-usable': 'The standby can be used, after it could not.',
  'stream-gone': 'The control plane says that the active stream is gone; another one is found or created.',
  'switch-refused': 'A switch that the record or an operator asked for cannot be made; why.',
  'hold-changed': 'An operator forbids changes of the active region, or allows them again.',
  'secondary-stuck': 'The secondary is being created for minutes; what its work request says.',
  'first-stored': 'The first batch that a region stored after a switch.',
  'no-region': 'No region takes messages; they wait.',
  degraded: 'Calls to a region take long. It is not left for that.',
  'prompt-again': 'Calls to a slow region are fast again.',
  probe: 'A probe of the region that was left (with `--debug`).',
  'trial-failed': 'One real batch was tried in the primary before failback, and failed.',
  reordered: 'Later messages of a key were stored before earlier ones.',
  'entries-refused': 'A region stored a part of a batch; the rest goes again (with `--debug`).',
  'delivery-failed': 'Messages were not stored.',
  'outbox-found': 'Messages of an earlier process wait on disk; they are sent first.',
  'outbox-used': 'Messages go to disk from now on; why.',
  'outbox-draining':
    'How sending what is on disk goes on: messages left, messages per second, time until it is empty.',
  'outbox-drained': 'Nothing is left on disk.',
  'outbox-full':
    'Nothing more can be written to disk for now: its limit is reached, or the disk is full. Senders wait.',
  'outbox-stopped': 'The disk failed: nothing more is written to it until the next start.',
  'outbox-lost': 'The files of the outbox were removed while they were in use: how many messages are lost.',
  'outbox-failed':
    'A message on disk will never be stored, or is too old: it is moved to `failed.jsonl` there.',
  'outbox-damaged': 'A file of the outbox is damaged; what is readable in it is being recovered.',
  'outbox-recovered':
    'What was readable in a damaged file is recovered; `missing` says how many messages were not.',
  'secondary-absent': 'There is no secondary stream yet; it is being created.',
  'secondary-created': 'The secondary stream was created.',
  'secondary-adopted': 'A secondary stream was found.',
  'secondary-awaited': 'The secondary stream is not ACTIVE yet.',
  'provision-failed': 'The secondary stream could not be found or created; it is tried again.',
  'record-written': 'stream.properties was written.',
  'record-failed': 'stream.properties could not be written; it is tried again.',
  'record-changed': 'stream.properties says something new.',
  'environment-exported': 'SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT were exported.',
  'stack-refreshed': 'The Pulumi stack outputs have the switch too.',
  'stack-skipped': 'There is no Pulumi stack here (with `--debug`).',
  'read-failed': 'A read failed; it is tried again.',
  'now-consuming': 'The other region is the active one for reading from now on.',
  gap: 'Retention removed messages before they were read.',
  'cursor-renewed': 'A cursor was made again (with `--debug`).',
  'handler-failed': 'A handler failed with a message, or with a batch.',
  'dead-letter-stored':
    'A message that a handler failed with too often was stored in the stream for dead letters.',
  'clock-corrected': "This machine's clock is wrong; requests are dated by the region's clock.",
  warning: 'Anything else that a person should see; `code` says what it is.',
});

/** The `code` of every warning, and what it means. docs/events.md is checked against this table. */
export const warningCodes = Object.freeze({
  'record-not-used':
    'stream.properties, or the environment in its place, says something that cannot be used; what was known stays.',
  'record-differs':
    'stream.properties and the environment name different secondary streams; the file is used.',
  'record-not-written':
    'stream.properties, or the state beside it, is not written: a restart knows nothing of the last switch.',
  'file-in-place':
    'A file cannot be replaced atomically, so it is written in place: a program that reads it at that moment can see a part of it.',
  'state-not-used': 'The state beside stream.properties is damaged or too old, and is not used.',
  'state-not-written': 'The last failback, the reason of the last switch and a hold are not written down.',
  'environment-not-exported':
    'SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT are not in one of the environments.',
  'stack-outputs-not-used': 'The outputs of the Pulumi stack cannot be read, or must not be used.',
  'stack-not-refreshed': 'The Pulumi stack does not know of the switch.',
  'file-exposed': 'A file with a secret in it can be read or changed by other users of this machine.',
  'fingerprint-differs': 'The fingerprint in the configuration is not that of the key.',
  'secondary-not-listed':
    'A consumer does not know the secondary stream, and may not list the streams of the compartment.',
  'secondary-not-trusted':
    'The control plane names an OCID or an endpoint that nothing signed may be sent to.',
  'secondary-guessed': 'The secondary is created without knowing how many partitions the primary has.',
  'read-refused': 'A region refuses to be read; the other one is read on.',
  'not-committed': 'The last handled messages are not committed: they are delivered again.',
  'dead-letter-waits':
    'No region stores a dead letter now: it is tried again, and the messages after it wait.',
  'ids-damaged': 'A file with the ids of handled messages is damaged: copies may be delivered.',
  'ids-not-written':
    'The ids of handled messages cannot be written: after a restart copies may be delivered.',
  'close-failed': 'A consumer is closed, but something that it had opened is not.',
  'outbox-not-used':
    'The outbox beside the record cannot be used, and nothing waits in it; messages that no region takes wait in memory.',
  'outbox-left': 'What an ended process left in the outbox cannot be read, and is not sent.',
  'presence-not-written': '`status` does not show this process.',
} as const);

export type WarningCode = keyof typeof warningCodes;

export type { Role } from './core/index.ts';

export type EventListener = (event: HaEvent) => void;

/** For programs that trace: `diagnostics_channel.subscribe('oci-streaming-ha', …)`. Costs nothing without subscribers. */
const trace = channel('oci-streaming-ha');

/** The one way out for events. A listener that throws, or whose promise rejects, is a warning of the process and stops no message. */
export function eventOutlet(listener: EventListener | undefined): EventListener {
  return (event) => {
    if (trace.hasSubscribers) trace.publish(event);
    if (listener === undefined) return;
    try {
      const returned: unknown = listener(event);
      if (returned instanceof Promise) returned.catch(warnOfListener);
    } catch (error) {
      warnOfListener(error);
    }
  };
}

function warnOfListener(error: unknown): void {
  process.emitWarning(thrownInWords(error), 'OciStreamingHaListener');
}
