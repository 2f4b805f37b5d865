import type { Caller } from './authorization.ts';
import type { Random } from '../random.ts';
import type { RegionState } from '../state/region-state.ts';
import type { BodyOf, OperationName, QueryOf } from './validations.ts';

/** What an operation sees of the world: its region, and the time and chance that it is handed. */
export interface Context {
  readonly region: RegionState;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Identifiers are made of it. */
  readonly random: Random;
  /** Where messages without a key go, and which offsets are skipped. Apart, so that a seed can repeat it. */
  readonly spread: Random;
  /** Asked for each message of a put: the refusal that its entry gets, if any. */
  readonly refuseEntry?: RefuseEntry | undefined;
  /** Asked before a partition is read: the error that the read ends in, if any. */
  readonly refuseRead?: RefuseRead | undefined;
  /** What is older goes, whatever the stream's own retention. */
  readonly retentionMs?: number | undefined;
  /** What becomes of a stream, pool or harness that is being created, if not ACTIVE. */
  readonly creationEnds?: 'stuck' | 'failed' | undefined;
  /** `streaming.{region}.oci.…`, when the caller came by the service's own name and not by this machine's. */
  readonly serviceHost?: string | undefined;
  /** Who calls; absent, everything is permitted. */
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

/** A call whose path, query and body have been checked. `Part` names what stands in the path. */
export interface Request<Name extends OperationName, Part extends string = never> {
  readonly path: Readonly<Record<Part, string>>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  readonly headers: Headers;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the JSON body says; no body without it. */
  readonly body?: unknown;
}
