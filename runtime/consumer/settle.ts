import type { Clock } from '../clock.ts';
import { backoffMs, CONSEQUENCES, failureKind, inShort, readFault } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { StoredMessage } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import type { GroupReader } from './group-reader.ts';

interface SettleParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Aborts when closing has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * The end of reading a stream: what is handled of the last answer is committed, then the group is left. `patient`: tried
 * again when it fails. What could not be committed comes again, to whoever reads next; that is said, not thrown.
 */
export async function settle(
  group: GroupReader,
  unhandled: readonly StoredMessage[],
  region: string,
  patient: boolean,
  { settings, clock, emit, signal }: SettleParts,
): Promise<void> {
  try {
    await retry(() => group.commit(unhandled, signal), {
      maxAttempts: patient ? settings.maxAttempts : 1,
      clock,
      signal,
      after(error, attempt) {
        if (!(error instanceof CallError)) return 'give-up';
        if (readFault(error.failure, 'read') === 'cursor') {
          group.forgetCursor();
          return 0;
        }
        const again = patient && CONSEQUENCES[failureKind(error.failure)].retry;
        return again ? backoffMs(attempt, undefined, settings, clock.random()) : 'give-up';
      },
    });
  } catch (error) {
    const why = error instanceof CallError ? inShort(error.failure) : String(error);
    const message = `What was handled last in ${region} could not be committed (${why}): it comes again.`;
    emit({ type: 'warning', about: region, message });
    return;
  }
  if (!patient) return;
  // A courtesy: without it the partitions are free when the time-out of the group has passed.
  await group.leave(signal).catch(() => {});
}
