import type { Comparison, Plan } from '../comparison.ts';
import type { Profile } from '../profile.ts';

/** Of a stream. With few of them the service's five reads a second and partition are the limit. */
export const PARTITIONS = 40;

/** What a part measures with. */
export interface Bench {
  /** Less of everything: a look, not a record. */
  readonly isQuick: boolean;
  /** How long a turn at full speed lasts. */
  readonly turnMs: number;
  /** Lets the contestants take turns, prints what came out and keeps it. */
  readonly compare: (plan: Plan) => Promise<void>;
  /** Prints and keeps what was measured otherwise. */
  readonly keep: (comparison: Comparison) => void;
  readonly keepProfile: (work: string, profile: Profile) => void;
}

/** One of the things that are measured, by its name on the command line. */
export interface Part {
  readonly about: string;
  /** Too long for `--quick`, unless it is named. */
  readonly isLong?: boolean;
  run(bench: Bench): Promise<void>;
}
