import type { CallFailure } from './call-failure.ts';
import { failureKind } from './failure-kind.ts';

/** What an unsuccessful step of reading means. */
export type ReadFault =
  /** The region does not answer as it should. Enough of these in a row, and the other region becomes the active one. */
  | 'region'
  /** Only the cursor: expired, invalid, or of a partition that a rebalance moved. Not an outage: a new one is created. */
  | 'cursor'
  /** Retention passed over the group's position: it stays there until the group is reset (UpdateGroup). */
  | 'retention'
  /** Too fast, not wrong: wait as told. */
  | 'throttled'
  /** 404: no such stream, or not for this user; also what a new stream says in its first seconds. */
  | 'absent'
  /** 401, 403: credentials or policies; a 401 also passes by itself at times. */
  | 'unauthorized'
  /** This machine, or a conflict that passes: says nothing against the region. */
  | 'passing'
  /** The request or the configuration: only a person can change it. */
  | 'refused';

/** Which step failed: locating the stream, creating a group cursor, or reading with one. */
export type ReadStep = 'locate' | 'cursor' | 'read';

export function readFault(failure: CallFailure, step: ReadStep): ReadFault {
  switch (failureKind(failure)) {
    case 'region-fault':
    case 'ambiguous':
    case 'unreachable':
      return 'region';
    case 'throttled':
      return 'throttled';
    case 'absent':
      return 'absent';
    case 'local-fault':
      return 'passing';
    // Nothing that is read can conflict but the group's own state, and a new cursor starts from that.
    case 'conflict':
      return step === 'read' ? 'cursor' : 'passing';
    case 'caller-fault':
      return cursorFault(failure, step);
    case 'auth-fault':
      return 'unauthorized';
    case 'misconfigured':
      return 'refused';
  }
}

/**
 * A cursor is the only thing in a read that can be wrong, so every 400 to one is the cursor's fault, whatever its text
 * (known ones: `The cursor is expired`, `The cursor is invalid`, `Trying to commit unreserved partition`). One of them,
 * `The cursor is outside the retention period and is now invalid`, is not cured by a new cursor.
 */
function cursorFault(failure: CallFailure, step: ReadStep): ReadFault {
  if (failure.type !== 'status' || failure.status !== 400 || step === 'locate') return 'refused';
  if (/outside the retention period/i.test(failure.message)) return 'retention';
  return step === 'read' ? 'cursor' : 'refused';
}
