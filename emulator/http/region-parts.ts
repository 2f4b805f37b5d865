import type { Random } from '../chance.ts';
import type { MovableClock } from '../clock.ts';
import type { FaultBook } from '../faults/index.ts';
import type { Match } from '../operations/index.ts';
import type { Users } from '../security/index.ts';
import type { RegionState } from '../state/index.ts';
import type { AccessLog } from './access-log.ts';
import type { Tally } from './tally.ts';

/** What a region's listener works with. */
export interface RegionParts {
  readonly state: RegionState;
  readonly faults: FaultBook;
  readonly tally: Tally;
  readonly clock: MovableClock;
  readonly users: Users;
  /** Where messages without a key go, and how offsets skip. */
  readonly spread: Random;
  readonly log?: AccessLog | undefined;
  /** Aborts when the region is closed: nothing is performed after that. */
  readonly closing: AbortSignal;
  /** Told of each call that was performed, before it is answered. */
  readonly performed?: ((match: Match) => void) | undefined;
}
