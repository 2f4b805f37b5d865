import type { Clock } from '../clock.ts';
import {
  answerMeaning,
  callLimitMs,
  failureKind,
  nextStep,
  type CallFailure,
  type NextStep,
  type RetryLimits,
} from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { answerOf, type EncodedMessage, type PutResult } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import type { Lease, Router } from './router.ts';

/** How a round of attempts for one batch under one lease ended. */
export type RoundEnd =
  | { readonly type: 'answered'; readonly results: readonly PutResult[] }
  /** The epoch ended, or everything closes: the batch needs another lease. */
  | { readonly type: 'lease-ended' }
  | {
      readonly type: 'used-up';
      readonly attempts: number;
      readonly pauseMs: number;
      readonly error: CallError;
    }
  | { readonly type: 'split' }
  | { readonly type: 'absent'; readonly attempts: number; readonly error: CallError }
  | { readonly type: 'rejected'; readonly error: CallError };

export interface PutParts {
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** One round of attempts. How long to wait, and whether to go on, is decided by `core/next-step.ts`. */
export async function putWithRetries(
  lease: Lease,
  messages: readonly EncodedMessage[],
  attemptsBefore: number,
  { router, settings, clock, emit }: PutParts,
): Promise<RoundEnd> {
  const limits: RetryLimits = lease.trial ? { ...settings, maxAttempts: 1, retryWindowMs: 0 } : settings;
  const beganAt = clock.now();
  const call = new PutCall(lease, messages, router, settings, clock);
  let attempts = 0;
  let step: NextStep | undefined;
  try {
    const results = await retry(() => call.attempt(), {
      maxAttempts: Infinity,
      clock,
      signal: lease.ended,
      after: (error, attempt) => {
        if (!(error instanceof CallError) || isOver(lease, router)) return 'give-up';
        attempts = attempt;
        const { failure } = error;
        step = nextStep(
          {
            failure,
            messages: messages.length,
            attempt,
            elapsedMs: clock.now() - beganAt,
            tookMs: call.tookMs,
            usedUpBefore: attemptsBefore > 0,
            wallMs: clock.wall(),
            chance: clock.random(),
          },
          limits,
        );
        emit({
          type: 'attempt-failed',
          region: lease.region.name,
          role: lease.role,
          attempt: attemptsBefore + attempt,
          failure,
          kind: failureKind(failure),
          messages: messages.length,
          ...('afterMs' in step ? { retryInMs: step.afterMs } : {}),
        });
        return step.type === 'retry' ? step.afterMs : 'give-up';
      },
    });
    return { type: 'answered', results };
  } catch (error) {
    if (isOver(lease, router)) return { type: 'lease-ended' };
    if (error instanceof CallError && step !== undefined) return endOf(step, attempts, error);
    const detail = error instanceof Error ? error.message : String(error);
    const where = { region: lease.region.name, operation: 'PutMessages' };
    return { type: 'rejected', error: new CallError(where, { type: 'local', detail }, { cause: error }) };
  }
}

function endOf(step: NextStep, attempts: number, error: CallError): RoundEnd {
  switch (step.type) {
    case 'split':
      return { type: 'split' };
    case 'verify-stream':
      return { type: 'absent', attempts, error };
    case 'retry':
    case 'used-up':
      return { type: 'used-up', attempts, pauseMs: step.afterMs, error };
    case 'reject':
      return { type: 'rejected', error };
  }
}

function isOver(lease: Lease, router: Router): boolean {
  return lease.ended.aborted || router.closing.aborted;
}

/** The same put, as often as it is tried; every attempt is reported to the router. */
class PutCall {
  readonly #lease: Lease;
  readonly #messages: readonly EncodedMessage[];
  readonly #router: Router;
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** Of the latest attempt. */
  tookMs = 0;

  constructor(
    lease: Lease,
    messages: readonly EncodedMessage[],
    router: Router,
    settings: Settings,
    clock: Clock,
  ) {
    this.#lease = lease;
    this.#messages = messages;
    this.#router = router;
    this.#clock = clock;
    const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
    this.#limitMs = callLimitMs(settings.requestTimeoutMs, (bytes * 4) / 3);
  }

  /** @throws CallError for everything but an answer that stored something. */
  async attempt(): Promise<readonly PutResult[]> {
    const lease = this.#lease;
    await this.#router.takeTurn(lease);
    const startedAt = this.#clock.now();
    const answer = await answerOf(() =>
      lease.region.put(lease.stream, this.#messages, { signal: this.#router.closing }),
    );
    this.tookMs = this.#clock.now() - startedAt;
    const failure = answer.ok ? failureIn(answer.value) : answer.failure;
    const reported = { at: this.#clock.now(), epoch: lease.epoch, role: lease.role, trial: lease.trial };
    if (failure !== undefined) {
      const everyEntryRefused = answer.ok && failure.type === 'status';
      this.#router.report({
        type: 'put-failed',
        ...reported,
        startedAt,
        failure,
        limitMs: this.#limitMs,
        everyEntryRefused,
      });
      throw new CallError({ region: lease.region.name, operation: 'PutMessages' }, failure);
    }
    const results = answer.ok ? answer.value : [];
    const stored = results.filter(({ type }) => type === 'stored').length;
    const refused = results.length - stored;
    this.#router.report({ type: 'put-answered', ...reported, tookMs: this.tookMs, stored, refused });
    return results;
  }
}

/** An answer that stored nothing is a failure of the call. */
function failureIn(results: readonly PutResult[]): CallFailure | undefined {
  const meaning = answerMeaning(results);
  switch (meaning.type) {
    case 'all-refused':
      return {
        type: 'status',
        status: meaning.status,
        code: 'every entry refused',
        message: meaning.message,
      };
    case 'unnamed':
      return { type: 'unreadable', status: 200, start: `no result for any of ${results.length} messages` };
    case 'stored':
    case 'partly-stored':
      return undefined;
  }
}
