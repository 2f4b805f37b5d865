import type { Clock } from '../clock.ts';
import { CONSEQUENCES, failureKind, looksDown } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { StreamRef } from '../region.ts';
import { retry } from '../retry.ts';
import type { Site } from './site.ts';

/** GetStream and ListStreams together may be called 5 times a second. */
const PACE_MS = 250;

/**
 * At the start, where the stream is not known and must be asked for: asks until it is found, or until the region is judged
 * down by the same evidence as ever. In the second case the stream stays unknown.
 *
 * @throws HaError what no retry can mend (`CONFIG`, credentials, permissions).
 */
export async function findOrJudge(
  site: Site,
  find: () => Promise<StreamRef>,
  parts: { readonly clock: Clock; readonly emit: EventListener; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, emit, signal } = parts;
  let startedAt = clock.now();
  const ask = (): Promise<StreamRef> => {
    startedAt = clock.now();
    return find();
  };
  try {
    const stream = await retry(ask, {
      maxAttempts: Infinity,
      clock,
      signal,
      after: (error, attempt) => {
        if (!(error instanceof CallError)) return 'give-up';
        const { failure } = error;
        const kind = failureKind(failure);
        if (!CONSEQUENCES[kind].retry) return 'give-up';
        site.failed(failure, startedAt);
        const wait = looksDown(site.health) ? 'give-up' : PACE_MS;
        const retryInMs = wait === 'give-up' ? {} : { retryInMs: wait };
        emit({
          type: 'attempt-failed',
          region: site.name,
          role: site.role,
          attempt,
          failure,
          kind,
          messages: 0,
          ...retryInMs,
        });
        return wait;
      },
    });
    site.found(stream);
  } catch (error) {
    if (!looksDown(site.health)) throw error;
  }
}
