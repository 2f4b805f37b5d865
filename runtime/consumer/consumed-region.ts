import type { Role } from '../events.ts';
import type { Region, StreamRef } from '../region.ts';

/** A stream to read from. The port's `StreamState` is one. */
export interface ConsumedStream extends StreamRef {
  /** How many there are; 1 when nobody knows: the stream is then read as slowly as one partition allows. */
  readonly partitions: number;
}

/** One of the two regions, as the consumer sees it. */
export interface ConsumedRegion {
  readonly role: Role;
  readonly region: Region;
  /**
   * Where its stream is; undefined while nobody knows, and when it is gone. Asked when reading begins, after
   * `locationChanged`, and after each 404. Rejects with a `CallError` (tried again, as a failed read), or with another
   * `HaError` (a person must mend it).
   */
  locate(signal: AbortSignal): Promise<ConsumedStream | undefined>;
}
