import type { Clock } from '../clock.ts';
import {
  answerMeaning,
  entryFates,
  failureKind,
  nextStep,
  overtaken,
  type CallFailure,
  type EntryFate,
  type Evidence,
  type NextStep,
  type RetryLimits,
} from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { EncodedMessage } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import type { Site } from './site.ts';

type Stored = { readonly partition: string; readonly offset: number; readonly timestamp: string };

/** How one round of attempts for one batch in one region ended. */
export type RoundEnd =
  | { readonly end: 'answered'; readonly fates: readonly EntryFate<Stored>[] }
  /** The region was left meanwhile, by this verdict or another lane's. */
  | { readonly end: 'left' }
  | { readonly end: 'down'; readonly because: Evidence }
  | { readonly end: 'used-up'; readonly attempts: number; readonly error: CallError }
  | { readonly end: 'split' }
  | { readonly end: 'absent'; readonly error: CallError }
  | { readonly end: 'rejected'; readonly error: CallError };

interface RoundParts {
  readonly site: Site;
  readonly messages: readonly EncodedMessage[];
  /** In earlier rounds of this batch here: they were used up. */
  readonly attemptsBefore: number;
  readonly limits: RetryLimits & Pick<Settings, 'failoverOnThrottle' | 'requestTimeoutMs'>;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** The whole process is closing. */
  readonly closing: AbortSignal;
}

/** One round of attempts. How long to wait, and whether to go on, is decided by `core/next-step.ts`. */
export async function tryRound(parts: RoundParts): Promise<RoundEnd> {
  const { site, limits, clock, closing } = parts;
  const startedAt = clock.now();
  // Aborts when the region is left, and when everything closes.
  const { left } = site;
  let step: NextStep | undefined;
  let attempts = 0;
  try {
    return await retry(() => attempt(parts), {
      maxAttempts: limits.maxAttempts,
      clock,
      signal: left,
      after: (error, attemptNumber) => {
        if (!(error instanceof CallError)) return 'give-up';
        attempts = attemptNumber;
        step = nextStep(
          {
            failure: error.failure,
            messages: parts.messages.length,
            attempt: attemptNumber,
            elapsedMs: clock.now() - startedAt,
            usedUpBefore: parts.attemptsBefore > 0,
            health: site.health,
            wallMs: clock.wall(),
            chance: clock.random(),
          },
          limits,
        );
        tell(parts, error.failure, parts.attemptsBefore + attemptNumber, step);
        return 'afterMs' in step ? step.afterMs : 'give-up';
      },
    });
  } catch (error) {
    if (closing.aborted) throw closing.reason;
    if (left.aborted) return { end: 'left' };
    if (!(error instanceof CallError)) throw error;
    return ending(step, attempts, error);
  }
}

function ending(step: NextStep | undefined, attempts: number, error: CallError): RoundEnd {
  switch (step?.do) {
    case 'fail-over':
      return { end: 'down', because: step.because };
    case 'split':
      return { end: 'split' };
    case 'verify-stream':
      return { end: 'absent', error };
    case 'retry':
    case 'keep-trying':
      return { end: 'used-up', attempts, error };
    case 'reject':
    case undefined:
      return { end: 'rejected', error };
  }
}

async function attempt(parts: RoundParts): Promise<RoundEnd> {
  const { site, messages, clock, closing } = parts;
  const where = { region: site.name, operation: 'PutMessages' };
  await site.turn();
  const startedAt = clock.now();
  try {
    const fates = entryFates<Stored>(messages.length, await site.put(messages, closing));
    const meaning = answerMeaning(fates);
    if (meaning.means === 'all-refused') {
      const { status, message } = meaning;
      throw new CallError(where, { type: 'status', status, code: 'every entry refused', message });
    }
    if (meaning.means === 'incomplete' && meaning.named === 0) {
      const start = `PROTOCOL: no result for any of ${messages.length} messages`;
      throw new CallError(where, { type: 'unreadable', status: 200, start });
    }
    site.succeeded();
    tellPace(parts, clock.now() - startedAt);
    report(parts, fates);
    return { end: 'answered', fates };
  } catch (error) {
    if (error instanceof CallError) blame(parts, error.failure, startedAt);
    throw error;
  }
}

/** Evidence against the region, unless the user wants throttling to be paced only. */
function blame(parts: RoundParts, failure: CallFailure, startedAt: number): void {
  if (failureKind(failure) === 'throttled' && !parts.limits.failoverOnThrottle) return;
  parts.site.failed(failure, startedAt);
}

function tellPace({ site, limits, emit }: RoundParts, tookMs: number): void {
  const became = site.paced(tookMs, limits.requestTimeoutMs);
  if (became !== undefined)
    emit({ type: became, region: site.name, role: site.role, medianMs: site.medianMs });
}

function report(parts: RoundParts, fates: readonly EntryFate<Stored>[]): void {
  const { site, messages, emit } = parts;
  const refused = fates.flatMap((entry) => (entry.fate === 'refused' ? [entry.status] : []));
  if (refused.length > 0) {
    emit({
      type: 'entries-refused',
      region: site.name,
      messages: refused.length,
      of: fates.length,
      status: refused[0] ?? 500,
    });
  }
  const lost = overtaken(
    messages.map((message) => message.key),
    fates,
  );
  if (lost.length > 0) emit({ type: 'reordered', region: site.name, messages: lost.length });
}

function tell(parts: RoundParts, failure: CallFailure, attempt: number, step: NextStep): void {
  const { site, messages, emit } = parts;
  emit({
    type: 'attempt-failed',
    region: site.name,
    role: site.role,
    attempt,
    failure,
    kind: failureKind(failure),
    messages: messages.length,
    ...('afterMs' in step ? { retryInMs: step.afterMs } : {}),
  });
}
