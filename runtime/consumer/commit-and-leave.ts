import type { Clock } from '../clock.ts';
import {
  backoffMs,
  CALL_SPACING_MS,
  inShort,
  isTransient,
  readFault,
  retryHintMs,
  type CallFailure,
  type Offsets,
} from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Answer, GroupPosition, StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import type { ReadCalls } from './read-calls.ts';

interface LeavingParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Aborts when closing has taken too long. */
  readonly signal: AbortSignal;
}

/** What a member of a group does last (`GroupReader`). */
interface Leaver {
  /** Commits the answers that are handled; with `parts` the handled part of an answer too. */
  commit(what: { readonly parts: boolean }, signal: AbortSignal, clock: Clock): Promise<Answer<null>>;
  leave(signal: AbortSignal): Promise<Answer<string>>;
  forgetCursor(): void;
}

/**
 * Commits what is handled, then leaves the group. `answering`: the region answered the last call, so
 * failed calls are tried again. A failed commit is a warning, not an error: the next reader gets those messages again.
 */
export async function commitAndLeave(
  group: Leaver,
  what: { readonly parts: boolean },
  region: string,
  answering: boolean,
  parts: LeavingParts,
): Promise<void> {
  const { settings, clock, emit, signal } = parts;
  const attempts = answering ? settings.maxAttempts : 1;
  const committed = await persistently(
    () => group.commit(what, signal, clock),
    attempts,
    parts,
    (failure) => {
      if (readFault(failure, 'read') !== 'cursor') return false;
      group.forgetCursor();
      return true;
    },
  );
  if (!committed.ok) {
    const why = inShort(committed.failure);
    const message = `The last handled messages of ${region} could not be committed (${why}): they will be delivered again.`;
    emit({ type: 'warning', code: 'not-committed', region, message });
    return;
  }
  // Without this, other members get the partitions only after the group's time-out.
  if (answering)
    await persistently(
      () => group.leave(signal),
      attempts,
      parts,
      () => false,
    );
}

/** Repeats a call that failed for a passing reason, with backoff; at once when `cures` removed the reason. */
async function persistently<T>(
  call: () => Promise<Answer<T>>,
  attempts: number,
  { settings, clock, signal }: LeavingParts,
  cures: (failure: CallFailure) => boolean,
): Promise<Answer<T>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await call();
    if (answer.ok || attempt >= attempts || signal.aborted) return answer;
    if (cures(answer.failure)) continue;
    if (!isTransient(answer.failure)) return answer;
    const hint = answer.failure.type === 'status' ? retryHintMs(answer.failure, clock.wall()) : undefined;
    const pauseMs = backoffMs(attempt, hint, settings, clock.random());
    await clock.sleep(pauseMs, { signal }).catch(() => {});
  }
}

interface CommitParts {
  readonly calls: Pick<ReadCalls, 'groupCursor' | 'read' | 'commit'>;
  readonly stream: StreamRef;
  readonly position: GroupPosition;
  /** The number of partitions of the stream. */
  readonly partitions: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly signal: AbortSignal;
}

/**
 * Commits a part of an answer. A cursor commits whole answers, so the handled messages are read once more with a cursor that
 * does not commit on get, and an answer is committed only if all its messages are handled. A failure ends this: a message
 * that is not committed is delivered again, but a message that is committed too early is lost.
 */
export async function commitByReading(
  handled: Offsets,
  { calls, stream, position, partitions, clock, signal }: CommitParts,
): Promise<Answer<null>> {
  const left = new Map([...handled].map(([partition, offsets]) => [partition, new Set(offsets)]));
  const made = await calls.groupCursor(stream, { ...position, commitOnGet: false }, { signal });
  if (!made.ok) return made;
  let cursor = made.value;
  // The service reads its partitions in turn, so each of the others may answer once before the right one.
  for (let others = 0; left.size > 0 && others < partitions;) {
    const limit = Math.min(...[...left.values()].map((offsets) => offsets.size));
    const reply = await calls.read(stream, cursor, { limit, signal });
    if (!reply.ok) return reply;
    const { messages, nextCursor } = reply.value;
    if (messages.length > 0 && messages.every(({ partition, offset }) => left.get(partition)?.has(offset))) {
      const committed = await calls.commit(stream, nextCursor, { signal });
      if (!committed.ok) return committed;
      cursor = committed.value;
      remove(left, messages);
      others = 0;
    } else {
      // Keep the old cursor: a commit with `nextCursor` would commit this answer too.
      others += 1;
    }
    // The service limits reads and commits to 5 a second.
    if (left.size > 0) await new Promise<void>((resolve) => void clock.after(CALL_SPACING_MS, resolve));
  }
  return { ok: true, value: null };
}

function remove(
  left: Map<string, Set<number>>,
  messages: readonly { readonly partition: string; readonly offset: number }[],
): void {
  for (const { partition, offset } of messages) {
    const offsets = left.get(partition);
    offsets?.delete(offset);
    if (offsets?.size === 0) left.delete(partition);
  }
}
