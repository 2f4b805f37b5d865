/**
 * The port between this project and an OCI region: our own words, no SDK types. `runtime/oci` implements it over the
 * official clients; a simulator can implement it over plain state.
 *
 * Every method rejects with a `CallError` (errors.ts) and nothing else, except `CONFIG` errors for endpoints that
 * must not be trusted with a signature. No method retries.
 */
export interface Region {
  /** For example `sa-saopaulo-1`. */
  readonly name: string;

  /**
   * PutMessages. The answer has one entry a message, in request order, as far as the service named them: a 200 can hold
   * fewer. `messages` may be empty: a probe that stores nothing.
   */
  put(stream: StreamRef, messages: readonly EncodedMessage[], options: CallOptions): Promise<PutEntry[]>;

  /** CreateGroupCursor: an opaque cursor, valid for 5 minutes. */
  groupCursor(stream: StreamRef, group: GroupPosition, options?: CallOptions): Promise<string>;
  /** GetMessages. With a `commitOnGet` cursor it commits what the previous answer held. */
  read(stream: StreamRef, cursor: string, options: CallOptions & { limit: number }): Promise<ReadReply>;
  /** ConsumerCommit: commits what the cursor stands for; gives the cursor to use next. */
  commit(stream: StreamRef, cursor: string, options?: CallOptions): Promise<string>;
  /** ConsumerHeartbeat: keeps the reservation; gives the cursor to use next. */
  heartbeat(stream: StreamRef, cursor: string, options?: CallOptions): Promise<string>;

  /** GetGroup: the offset of the last message committed, by partition. One that has no commit is not in it. */
  committedOffsets(
    stream: StreamRef,
    group: string,
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, number>>;
  /** CreateCursor at TRIM_HORIZON: a cursor to read one partition from its oldest message on, outside of any group. */
  oldestCursor(stream: StreamRef, partition: string, options?: CallOptions): Promise<string>;

  /** CreateCursor: a cursor to read one partition from `from` on, outside of any group. */
  partitionCursor(
    stream: StreamRef,
    partition: string,
    from: PartitionStart,
    options?: CallOptions,
  ): Promise<string>;
  /** GetGroup: which member holds each partition, as far as one does. */
  reservations(stream: StreamRef, group: string, options?: CallOptions): Promise<readonly Reservation[]>;

  /** UpdateGroup: takes every partition of the group to `to` at once. */
  resetGroup(
    stream: StreamRef,
    group: string,
    to: GroupPosition['from'],
    options?: CallOptions,
  ): Promise<void>;

  /** GetStream. */
  stream(ocid: string, options?: CallOptions): Promise<StreamState>;
  /** ListStreams by exact name, every page. DELETED streams stay in listings: the caller filters. */
  streamsNamed(where: { compartmentId: string; name: string }, options?: CallOptions): Promise<StreamState[]>;
  /** CreateStream. It takes no retry token: look before creating again. */
  createStream(wanted: NewStream, options?: CallOptions): Promise<StreamState>;

  /** Closes its connections. */
  close(): Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call; the adapter's default when absent. */
  timeoutMs?: number | undefined;
}

/** Where messages of a stream go: OCID and messages endpoint (an origin such as `https://cell-1.streaming.…`). */
export interface StreamRef {
  readonly region: string;
  readonly ocid: string;
  readonly endpoint: string;
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

export type PutEntry =
  | { readonly stored: { readonly partition: string; readonly offset: number; readonly timestamp: string } }
  /** `status`: the 4xx or 5xx that the entry's error names, else 500. */
  | { readonly refused: { readonly status: number; readonly error: string; readonly message: string } };

export interface GroupPosition {
  readonly group: string;
  readonly instance: string;
  /** Only for a group that does not exist yet: committed offsets rule afterwards. */
  readonly from: 'TRIM_HORIZON' | 'LATEST' | { readonly time: string };
  readonly timeoutMs: number;
  readonly commitOnGet: boolean;
}

/** `afterOffset`: behind a message that was read. */
export type PartitionStart =
  | 'TRIM_HORIZON'
  | 'LATEST'
  | { readonly time: string }
  | { readonly offset: number }
  | { readonly afterOffset: number };

/** A partition that a member of a group holds. */
export interface Reservation {
  readonly partition: string;
  /** The member's instance name. */
  readonly instance: string;
  /** RFC 3339; it lapses then unless the member reads or sends a heartbeat. */
  readonly until: string;
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

export interface StreamState extends StreamRef {
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
