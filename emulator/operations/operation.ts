import type { Random } from '../random.ts';
import type { Caller } from '../security/grants.ts';
import type { RegionState } from '../state/region-state.ts';
import type { BodyOf, OperationName, QueryOf } from './validations.ts';

/** What an operation works on: its region, and the time and the random numbers that it is given. */
export interface Context {
  readonly region: RegionState;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For identifiers. */
  readonly random: Random;
  /** Chooses the partition of messages without a key, and the offsets that are skipped. Separate, so that a seed repeats it. */
  readonly placementRandom: Random;
  /** Called for each message of a put: the refusal of its entry, if a fault asks for one. */
  readonly refuseEntry?: RefuseEntry | undefined;
  /** Called before a partition is read: the error of the read, if a fault asks for one. */
  readonly refuseRead?: RefuseRead | undefined;
  /** Messages older than this are removed, even if the stream's own retention is longer. */
  readonly retentionMs?: number | undefined;
  /** How the creation of a stream, pool or harness ends, if not in ACTIVE. */
  readonly creationEnds?: 'stuck' | 'failed' | undefined;
  /** `streaming.{region}.oci.…`, if the caller used the service's own host name and not this machine's. */
  readonly serviceHost?: string | undefined;
  /** Who calls. Without a caller, everything is permitted. */
  readonly caller?: Caller | undefined;
}

export type RefuseEntry = (index: number, partition: number, key: string | null) => EntryRefusal | undefined;

export type RefuseRead = (
  partition: number,
) => { readonly status: number; readonly code: string; readonly message: string } | undefined;

export interface EntryRefusal {
  readonly error: string;
  readonly errorMessage: string;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A call before its checks. The body is parsed JSON; `undefined` means that there is none. */
export interface Call {
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A call whose path, query and body have been checked. `Part` lists the names in the path template. */
export interface Request<Name extends OperationName, Part extends string = never> {
  readonly path: Readonly<Record<Part, string>>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  readonly headers: Headers;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Without it the response has no body. */
  readonly body?: unknown;
}
