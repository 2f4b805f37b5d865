import type { Clock } from '../clock.ts';
import {
  afterFailure,
  failureKind,
  HEALTHY,
  isDown,
  isTransient,
  retryHintMs,
  type CallFailure,
  type RegionHealth,
  type StreamRef,
} from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoundPrimary } from '../streams/index.ts';

/** GetStream and ListStreams together may be called 5 times a second. */
const PACE_MS = 200;
/** The pause after a 429 that names none, and the longest one that it may name, in ms. */
const THROTTLED_MS = 1_000;
const MAX_HINT_MS = 5_000;
/** A refusal (401, 403, 404) at the start may be temporary: it is final after so long, in ms. */
const REFUSAL_PATIENCE_MS = 2_000;

export type StartedAt =
  | { readonly type: 'located'; readonly stream: StreamRef }
  /** The verdict is down, by the usual evidence; the stream stays unknown. */
  | { readonly type: 'down'; readonly health: RegionHealth };

interface StartParts {
  readonly region: string;
  readonly find: (signal: AbortSignal) => Promise<FoundPrimary>;
  readonly limitMs: number;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly signal: AbortSignal;
  /** The primary as this machine recorded it: enough when the control plane does not answer at once (A17). */
  readonly known: StreamRef | undefined;
}

/** How long the control plane may take before the recorded primary is used, in ms. */
const REMEMBERED_AFTER_MS = 700;

/**
 * Locates the primary at a start. The question is repeated before the earlier one has timed out, so that a verdict
 * takes no longer than while messages flow. @throws HaError for what no retry can solve: `CONFIG`, `AUTH`,
 * `NOT_AUTHORIZED_OR_NOT_FOUND`, …
 */
export async function locateAtStart(parts: StartParts): Promise<StartedAt> {
  const { region, find, limitMs, clock, emit, signal, known } = parts;
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const done = Promise.withResolvers<StartedAt>();
  const beganAt = clock.now();
  let health = HEALTHY;
  let failures = 0;
  let notBefore = -Infinity;

  const failed = (failure: CallFailure, operation: string, startedAt: number): void => {
    if (over.signal.aborted) return;
    failures++;
    const now = clock.now();
    // Throttling by the control plane says nothing about the region.
    if (failureKind(failure) === 'throttled') {
      const hintMs = failure.type === 'status' ? retryHintMs(failure, clock.wall()) : undefined;
      notBefore = now + Math.min(hintMs ?? THROTTLED_MS, MAX_HINT_MS);
    } else {
      health = afterFailure(health, { failure, startedAt, tookMs: now - startedAt, limitMs });
    }
    const isOver = isDown(health, now);
    emit({
      type: 'attempt-failed',
      region,
      role: 'primary',
      attempt: failures,
      failure,
      kind: failureKind(failure),
      messages: 0,
      ...(isOver ? {} : { retryInMs: Math.max(PACE_MS, notBefore - now) }),
    });
    if (known !== undefined && isTransient(failure)) done.resolve({ type: 'located', stream: known });
    else if (isOver) done.resolve({ type: 'down', health });
    else if (!isTransient(failure) && now - beganAt >= REFUSAL_PATIENCE_MS) {
      done.reject(new CallError({ region, operation }, failure));
    }
  };
  const ask = async (): Promise<void> => {
    const startedAt = clock.now();
    const found = await find(ends);
    if (found.type === 'found') done.resolve({ type: 'located', stream: found.stream });
    else if (found.type === 'wrong') done.reject(found.error);
    else failed(found.failure, found.operation, startedAt);
  };
  const askOnAndOn = async (): Promise<void> => {
    while (!ends.aborted) {
      void ask().catch(done.reject);
      await clock.sleep(PACE_MS, { signal: ends });
      await clock.sleep(Math.max(0, notBefore - clock.now()), { signal: ends });
    }
  };
  const enough = known === undefined ? undefined : { type: 'located' as const, stream: known };
  const cancel = clock.after(REMEMBERED_AFTER_MS, () => enough && done.resolve(enough));
  const onAbort = (): void => done.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  void askOnAndOn().catch(() => {});
  try {
    return await done.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    cancel();
    over.abort();
  }
}
