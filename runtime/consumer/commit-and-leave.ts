import type { Clock } from '../clock.ts';
import { backoffMs, inShort, isTransient, readFault, retryHintMs, type CallFailure } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Answer, StoredMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import type { GroupReader } from './group-reader.ts';

interface LeavingParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Aborts when closing has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * The end of reading a stream: what is handled of the last answer is committed, then the group is left. `answering`: the
 * region answered last, so what fails is tried again. What could not be committed is delivered again to the next reader;
 * that is a warning, not an error.
 */
export async function commitAndLeave(
  group: GroupReader,
  unhandled: readonly StoredMessage[],
  region: string,
  answering: boolean,
  parts: LeavingParts,
): Promise<void> {
  const { settings, clock, emit, signal } = parts;
  const attempts = answering ? settings.maxAttempts : 1;
  const committed = await persistently(
    () => group.commit(unhandled, signal, clock),
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
    const message = `What was handled last in ${region} could not be committed (${why}): it is delivered again.`;
    emit({ type: 'warning', about: region, message });
    return;
  }
  // Without this the partitions are free only when the time-out of the group has passed.
  if (answering)
    await persistently(
      () => group.leave(signal),
      attempts,
      parts,
      () => false,
    );
}

/** Tries again what may succeed later, or at once after what `cures` the failure. */
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
