/** A message in the outbox. */
export interface OutboxRow {
  /** Its place in the order of acceptance; unique, and greater than that of every message accepted before it. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Base64, as on the wire; on disk are the bytes. */
  readonly key: string | null;
  readonly value: string;
  /** Of key and value, decoded. */
  readonly bytes: number;
}

/** What the store holds. */
export interface OutboxTotals {
  readonly messages: number;
  /** Keys, values and `ROW_OVERHEAD_BYTES` for each message. */
  readonly bytes: number;
}

/** What a message takes on disk besides its bytes. Measured: 46 (100 bytes, 1,000 at once) to 80 (1 KiB). */
export const ROW_OVERHEAD_BYTES = 64;

export function rowCost({ bytes }: Pick<OutboxRow, 'bytes'>): number {
  return bytes + ROW_OVERHEAD_BYTES;
}

/** Why nothing can be written. After `full` the next attempt may succeed; after `stopped` none does until the next start. */
type StoreFailure =
  | { readonly type: 'full'; readonly because: string }
  | { readonly type: 'stopped'; readonly because: string };

export type StoreAnswer<T> = { readonly type: 'done'; readonly value: T } | StoreFailure;

export interface PageLimits {
  readonly messages: number;
  /** By `rowCost`. A page holds at least one message. */
  readonly bytes: number;
}

/** The keys of some messages, in order of their sequence; messages without a key are left out. */
export interface KeyPage {
  readonly sequences: Float64Array;
  /** The lower 31 bits of `hashOf`. */
  readonly hashes: Uint32Array;
  /** Where the next page begins; undefined: this was the last one. */
  readonly after: number | undefined;
}

/** What a store tells by itself. */
export type StoreNews =
  /** A damaged file was found. It stays, and what is readable in it is copied into a fresh one. */
  | { readonly type: 'damaged'; readonly file: string; readonly because: string }
  /** The copy is complete; `missing` is undefined when the damaged file does not tell how many it held. */
  | {
      readonly type: 'recovered';
      readonly setAside: string;
      readonly messages: number;
      readonly missing: number | undefined;
      /** No other damaged file is left to be copied. */
      readonly isLast: boolean;
      /** Of all that the store holds now. */
      readonly totals: OutboxTotals;
    }
  | { readonly type: 'stopped'; readonly because: string }
  /** As stopped; and its files were removed, so that no later process finds what they held. */
  | { readonly type: 'gone'; readonly because: string };

/**
 * Messages on disk, in order of their sequence, for one process. Calls are executed in the order in which they are made;
 * `read` and `keys` wait until what is readable of a damaged file is recovered. No method rejects.
 *
 * What a crash may do: an `append` that was not yet answered is there as a whole or not at all; a `remove` that was not yet
 * answered has happened or not. What was answered `done` survives; a loss of power may undo a `remove`, until the next `append`.
 */
export interface OutboxStore {
  /** As it was found at opening; what is recovered from a damaged file comes on top, with `recovered`. */
  readonly found: OutboxTotals & {
    /** No sequence on disk is greater, those in damaged files included; 0 when there is none. */
    readonly lastSequence: number;
    /** There is a damaged file whose messages are not all in it yet. */
    readonly isRecovering: boolean;
  };
  /** `done` when the rows are synced to disk, all of them or none. A sequence that is there already is passed over. */
  append(rows: readonly OutboxRow[]): Promise<StoreAnswer<OutboxTotals>>;
  /** The first rows after `after`; none: there are no more. */
  read(after: number, limits: PageLimits): Promise<StoreAnswer<readonly OutboxRow[]>>;
  /** Removes rows; ones that are not there are passed over. Works on a full disk. */
  remove(sequences: readonly number[]): Promise<StoreAnswer<OutboxTotals>>;
  /** Moves rows that no region will take, or that are too old, to a file beside the messages, with the reason. */
  setAside(sequences: readonly number[], because: string): Promise<StoreAnswer<OutboxTotals>>;
  /** The keys of about so many messages after `after`. */
  keys(after: number, messages: number): Promise<StoreAnswer<KeyPage>>;
  /** Finishes what was asked for, looks whether its files are still there, and releases the directory. What is asked for later is answered `stopped`. */
  close(): Promise<void>;
}
