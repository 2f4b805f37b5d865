import type { CallFailure, CheckedStream, StreamRef } from './core/index.ts';
import { CallError, thrownInWords } from './errors.ts';

export type { StreamRef } from './core/index.ts';

/**
 * What a call ends in. Failures are values: no method of `Region` rejects, whatever the network, the service, the
 * configuration or the caller's signal does.
 */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: CallFailure };

/**
 * The port between this project and an OCI region: our own words, no SDK types. `runtime/oci` implements it over the
 * official clients; a simulator can implement it over plain state. No method retries, and none rejects.
 */
export interface Region {
  /** For example `sa-saopaulo-1`. */
  readonly name: string;

  /**
   * PutMessages. The answer has exactly one result per message, in request order. `messages` may be empty: a probe that
   * stores nothing.
   */
  put(
    stream: StreamRef,
    messages: readonly EncodedMessage[],
    options: CallOptions,
  ): Promise<Answer<PutResult[]>>;

  /** CreateGroupCursor: an opaque cursor, valid for 5 minutes. */
  groupCursor(stream: StreamRef, group: GroupPosition, options?: CallOptions): Promise<Answer<string>>;
  /** GetMessages. With a `commitOnGet` cursor it commits what the previous answer held. */
  read(stream: StreamRef, cursor: string, options: ReadOptions): Promise<Answer<ReadReply>>;
  /** ConsumerCommit: commits what the cursor stands for; gives the cursor to use next. */
  commit(stream: StreamRef, cursor: string, options?: CallOptions): Promise<Answer<string>>;
  /** ConsumerHeartbeat: keeps the reservation; gives the cursor to use next. */
  heartbeat(stream: StreamRef, cursor: string, options?: CallOptions): Promise<Answer<string>>;

  /** GetGroup: who holds which partition, and the offset of the last message committed there. */
  group(stream: StreamRef, group: string, options?: CallOptions): Promise<Answer<readonly Reservation[]>>;
  /** CreateCursor: a cursor to read one partition outside of any group. */
  partitionCursor(
    stream: StreamRef,
    partition: string,
    from: PartitionPosition,
    options?: CallOptions,
  ): Promise<Answer<string>>;

  /** UpdateGroup: takes every partition of the group to `to` at once. */
  resetGroup(
    stream: StreamRef,
    group: string,
    to: GroupPosition['from'],
    options?: CallOptions,
  ): Promise<Answer<null>>;

  /** GetStream. */
  stream(ocid: string, options?: CallOptions): Promise<Answer<StreamState>>;
  /**
   * ListStreams by exact name, every page up to a bound. DELETED streams stay in listings: the caller filters.
   */
  streamsNamed(
    where: { compartmentId: string; name: string },
    options?: CallOptions,
  ): Promise<Answer<StreamState[]>>;
  /** CreateStream. It takes no retry token: look before creating again. */
  createStream(wanted: NewStream, options?: CallOptions): Promise<Answer<StreamState>>;
  /** ListWorkRequests: the status of the newest work request about a stream (`IN_PROGRESS`, `FAILED`, …), if there is one. */
  workRequestStatus(
    stream: { compartmentId: string; ocid: string },
    options?: CallOptions,
  ): Promise<Answer<string | undefined>>;

  /** Closes its connections. Never rejects. */
  close(): Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call; the adapter's default when absent. */
  timeoutMs?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** The largest number of messages in the answer. */
  limit: number;
  /**
   * Gets the cursor of the next read before the messages are here, so that this read can begin while they arrive. The
   * answer may fail all the same. May be called once or not at all; must not throw.
   */
  onNextCursor?: ((cursor: string) => void) | undefined;
}

/** A message as it goes on the wire: base64 once, at `send`. */
export interface EncodedMessage {
  /** Standard base64, or null for a message without a key. */
  readonly key: string | null;
  /** Standard base64. */
  readonly value: string;
  /** Key plus value, decoded: what the service counts. */
  readonly bytes: number;
}

/** What the answer to a put says of one message. */
export type PutResult =
  | {
      readonly type: 'stored';
      readonly partition: string;
      readonly offset: number;
      readonly timestamp: string;
    }
  /** `status`: the 4xx or 5xx that the entry's error names, else 500. */
  | { readonly type: 'refused'; readonly status: number; readonly error: string; readonly message: string }
  /** The answer does not name this message, or not reliably: it may be stored. */
  | { readonly type: 'unnamed' };

export interface GroupPosition {
  readonly group: string;
  readonly instance: string;
  /** Only for a group that does not exist yet: committed offsets rule afterwards. */
  readonly from: 'TRIM_HORIZON' | 'LATEST' | { readonly time: string };
  readonly timeoutMs: number;
  readonly commitOnGet: boolean;
}

/** Where to read a partition from: the oldest message, what comes from now on, a time (RFC 3339), or an offset. */
export type PartitionPosition =
  | 'TRIM_HORIZON'
  | 'LATEST'
  | { readonly time: string }
  | { readonly atOffset: number }
  | { readonly afterOffset: number };

/** One partition of a group. */
export interface Reservation {
  readonly partition: string;
  /** Of the last message committed; undefined before the first commit. */
  readonly committedOffset: number | undefined;
  /** Name of the member that holds it; undefined when none does. */
  readonly instance: string | undefined;
  /** Until when it holds it, if it is silent (RFC 3339, the region's clock); undefined when that is not told. */
  readonly until: string | undefined;
}

export interface ReadReply {
  readonly messages: readonly StoredMessage[];
  readonly nextCursor: string;
}

export interface StoredMessage {
  readonly partition: string;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  /** RFC 3339, as the service sent it. */
  readonly timestamp: string;
}

export type LifecycleState =
  | 'CREATING'
  | 'ACTIVE'
  | 'DELETING'
  | 'DELETED'
  | 'FAILED'
  | 'UPDATING'
  | 'UNKNOWN';

/** A stream as the control plane describes it. */
export interface StreamState {
  readonly region: string;
  /** As the service told it, without control characters: for people and for further calls, not for signing. */
  readonly ocid: string;
  /** Where to send to, or why nothing may be sent there. A stream that is not ACTIVE need not have an endpoint yet. */
  readonly address: CheckedStream;
  readonly name: string;
  readonly state: LifecycleState;
  readonly partitions: number;
  /** Hours; absent in listings. */
  readonly retentionInHours?: number;
  readonly compartmentId: string;
  readonly streamPoolId: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewStream {
  readonly name: string;
  readonly partitions: number;
  readonly retentionInHours: number;
  readonly compartmentId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The value of an answer, for callers that throw. @throws CallError */
export function valueOf<T>(answer: Answer<T>, region: string, operation: string): T {
  if (answer.ok) return answer.value;
  throw new CallError({ region, operation }, answer.failure);
}

/**
 * What `call` ends in, and in any case an answer once `signal` aborts. An implementation of `Region` that throws, rejects or
 * gives something else counts as this machine's fault. Never rejects.
 */
export function answerOf<T>(call: () => Promise<Answer<T>>, signal?: AbortSignal): Promise<Answer<T>> {
  const { promise, resolve } = Promise.withResolvers<Answer<T>>();
  const abort = (): void => resolve(failed({ type: 'aborted', written: true }));
  const settle = (answer: unknown): void => {
    signal?.removeEventListener('abort', abort);
    resolve(isAnswer<T>(answer) ? answer : failed({ type: 'local', detail: 'a call gave no answer' }));
  };
  const fail = (thrown: unknown): void => settle(failed({ type: 'local', detail: thrownInWords(thrown) }));
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  try {
    Promise.resolve(call()).then(settle, fail);
  } catch (thrown) {
    fail(thrown);
  }
  return promise;
}

function failed(failure: CallFailure): { readonly ok: false; readonly failure: CallFailure } {
  return { ok: false, failure };
}

function isAnswer<T>(given: unknown): given is Answer<T> {
  if (typeof given !== 'object' || given === null || !('ok' in given)) return false;
  return given.ok === true ? 'value' in given : 'failure' in given;
}
