import type { Clock } from '../clock.ts';
import { backoffMs, CONSEQUENCES, failureKind } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Region, StreamState } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import { findPrimary } from './find-primary.ts';

interface LocateParts {
  readonly region: Region;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly signal: AbortSignal;
}

/** `findPrimary`, as often as a passing fault asks for, `maxAttempts` at most. */
export function locatePrimary(parts: LocateParts): Promise<StreamState> {
  const { region, settings, clock, emit, signal } = parts;
  return retry(() => findPrimary(parts), {
    maxAttempts: settings.maxAttempts,
    clock,
    signal,
    after: (error, attempt) => {
      if (!(error instanceof CallError)) return 'give-up';
      const kind = failureKind(error.failure);
      if (!CONSEQUENCES[kind].retry || attempt >= settings.maxAttempts) return 'give-up';
      const retryInMs = backoffMs(attempt, undefined, settings, clock.random());
      const { failure } = error;
      emit({
        type: 'attempt-failed',
        region: region.name,
        role: 'primary',
        attempt,
        failure,
        kind,
        messages: 0,
        retryInMs,
      });
      return retryInMs;
    },
  });
}
