import type { Clock } from '../clock.ts';
import { CALL_SPACING_MS, commitSpacingMs, type CallFailure } from '../core/index.ts';
import type { GroupReader } from './group-reader.ts';

interface CommitParts {
  readonly clock: Clock;
  /** Ends calls that are under way. */
  readonly signal: AbortSignal;
}

/** When a commit is late by so much, in ms, no more is read before one succeeds: what is handled comes twice after a crash. */
const LATE_MS = 1_000;

type Committer = Pick<GroupReader, 'hasHandled' | 'share' | 'commitHandled'>;

/** Commits what members of a group that read ahead have handled, as often as the service allows. */
export class PacedCommits {
  readonly #parts: CommitParts;
  /** The earliest moment of the next commit. */
  #nextAt: number;
  /** When a commit last succeeded. */
  #succeededAt: number;

  constructor(parts: CommitParts) {
    this.#parts = parts;
    this.#succeededAt = parts.clock.now();
    this.#nextAt = this.#succeededAt + CALL_SPACING_MS;
  }

  /** When the next commit may be made; Infinity while there is nothing to commit. */
  nextAt(group: Committer | undefined): number {
    return group?.hasHandled === true ? this.#nextAt : Infinity;
  }

  isLate(group: Committer | undefined): boolean {
    if (group?.hasHandled !== true) return false;
    const dueAt = this.#succeededAt + commitSpacingMs(group.share.members);
    return this.#parts.clock.now() - dueAt >= LATE_MS;
  }

  /** `pauseMs`: the wait that a failure names, if it names one. */
  async commit(
    group: Committer,
    pauseMs: (failure: CallFailure) => number | undefined,
  ): Promise<CallFailure | undefined> {
    const { clock, signal } = this.#parts;
    this.#nextAt = clock.now() + commitSpacingMs(group.share.members);
    const failure = await group.commitHandled(signal);
    if (failure === undefined) this.#succeededAt = clock.now();
    else this.#nextAt = Math.max(this.#nextAt, clock.now() + (pauseMs(failure) ?? 0));
    return failure;
  }
}
