import { retryHintMs } from '../core/index.ts';
import { HaError, type CallError } from '../errors.ts';
import type { EncodedMessage, PutResult } from '../region.ts';
import type { AbsenceChecks } from '../streams/index.ts';
import { putWithRetries, type PutParts } from './put-with-retries.ts';
import type { Lease } from './router.ts';

/** The outcome of one message. */
type MessageOutcome =
  | Extract<PutResult, { readonly type: 'stored' }>
  /** It is not known to be stored, and is sent again before any later message of its key. */
  | { readonly type: 'again'; readonly because: string }
  | { readonly type: 'rejected'; readonly error: HaError };

/** The outcome of a batch under one lease, message by message, in order. */
export interface DeliveryResult {
  readonly outcomes: readonly MessageOutcome[];
  /** How long to wait before the next delivery, in ms. */
  readonly pauseMs: number;
  /** Attempts that were used up in this epoch, for the next lease of the lane; 0 after an answer. */
  readonly attemptsUsedUp: number;
  /** When the stream first answered 404 in this series of deliveries (monotonic ms). */
  readonly absentSince: number | undefined;
}

/** A lane's earlier deliveries in the same epoch. */
export interface DeliveryHistory {
  readonly attemptsUsedUp: number;
  readonly absentSince: number | undefined;
}

export interface DeliveryParts extends PutParts {
  readonly absence: AbsenceChecks;
}

/** For so long, in ms, an ACTIVE stream may answer 404: new policies and streams need time. */
const ABSENT_PATIENCE_MS = { primary: 5_000, secondary: 30_000 };
const ABSENT_PAUSE_MS = 250;

/**
 * Delivers one batch under one lease. A batch that one message makes invalid is halved; a 404 is verified with the
 * control plane. Messages without a result are sent again, under the next lease. Never rejects.
 */
export async function deliver(
  lease: Lease,
  messages: readonly EncodedMessage[],
  history: DeliveryHistory,
  parts: DeliveryParts,
): Promise<DeliveryResult> {
  const { router, clock } = parts;
  const round = await putWithRetries(lease, messages, history.attemptsUsedUp, parts);
  if (round.type === 'answered') return answered(round.results, parts);
  // A trial is one attempt; the batch then goes to the active target.
  if (lease.trial || round.type === 'lease-ended')
    return again(messages, 'the region was left', 0, NO_HISTORY);
  const reported = { at: clock.now(), epoch: lease.epoch, role: lease.role };
  switch (round.type) {
    case 'split':
      // The region answered, so the count of attempts starts again.
      return inHalves(lease, messages, { ...history, attemptsUsedUp: 0 }, parts);
    case 'rejected':
      return rejected(messages, notStored(round.error), parts);
    case 'used-up': {
      router.report({ type: 'attempts-used-up', ...reported });
      const attemptsUsedUp = history.attemptsUsedUp + round.attempts;
      return again(messages, round.error.message, round.pauseMs, { ...NO_HISTORY, attemptsUsedUp });
    }
    case 'absent': {
      const verified = await parts.absence.verify(lease, round.error, router.closing);
      if (verified.type === 'gone') {
        router.report({ type: 'stream-gone', ...reported, ocid: lease.stream.ocid });
        return again(messages, round.error.message, 0, NO_HISTORY);
      }
      // A 404 of the region that was left says nothing about the active one (D18).
      if (lease.ended.aborted) return again(messages, 'the region was left', 0, NO_HISTORY);
      const absentSince = history.absentSince ?? reported.at;
      const patience = ABSENT_PATIENCE_MS[lease.role];
      const isForGood = verified.type !== 'not-yet' && clock.now() - absentSince >= patience;
      if (isForGood) return rejected(messages, verified.error, parts);
      return again(messages, round.error.message, ABSENT_PAUSE_MS, {
        attemptsUsedUp: round.attempts,
        absentSince,
      });
    }
  }
}

const NO_HISTORY: DeliveryHistory = { attemptsUsedUp: 0, absentSince: undefined };

function answered(results: readonly PutResult[], { settings, clock }: DeliveryParts): DeliveryResult {
  if (areStored(results)) return { outcomes: results, pauseMs: 0, ...NO_HISTORY };
  let hintMs: number | undefined;
  const outcomes = results.map((result): MessageOutcome => {
    switch (result.type) {
      case 'stored':
        return result;
      case 'refused':
        hintMs ??= retryHintMs({ message: result.message }, clock.wall());
        return { type: 'again', because: `${result.status} ${result.error} ${result.message}`.trim() };
      case 'unnamed':
        return { type: 'again', because: 'the answer has no result for this message' };
    }
  });
  const pauseMs = Math.min(hintMs ?? settings.baseDelayMs * clock.random(), settings.maxDelayMs);
  return { outcomes, pauseMs, ...NO_HISTORY };
}

function areStored(
  results: readonly PutResult[],
): results is readonly Extract<PutResult, { readonly type: 'stored' }>[] {
  return results.every(({ type }) => type === 'stored');
}

/** The message that makes the batch invalid ends up alone; the others are stored, in order. */
async function inHalves(
  lease: Lease,
  messages: readonly EncodedMessage[],
  history: DeliveryHistory,
  parts: DeliveryParts,
): Promise<DeliveryResult> {
  const middle = Math.ceil(messages.length / 2);
  const first = await deliver(lease, messages.slice(0, middle), history, parts);
  const rest = messages.slice(middle);
  // Nothing of the second half may be stored before an earlier message of its key.
  const waiting = new Set<string | null>();
  first.outcomes.forEach(({ type }, index) => {
    if (type === 'again') waiting.add(messages[index]!.key);
  });
  const isAnswered = first.attemptsUsedUp === 0 && first.absentSince === undefined;
  const goesOn = isAnswered && !lease.ended.aborted;
  const goes = rest.map(({ key }) => goesOn && (key === null || !waiting.has(key)));
  const second = goes.includes(true)
    ? await deliver(
        lease,
        rest.filter((_, index) => goes[index]),
        history,
        parts,
      )
    : { ...first, outcomes: [] };
  const outcomes = second.outcomes.values();
  const later = goes.map(
    (went): MessageOutcome =>
      (went ? outcomes.next().value : undefined) ?? {
        type: 'again',
        because: lease.ended.aborted ? 'the region was left' : 'an earlier message goes again',
      },
  );
  const pauseMs = Math.max(first.pauseMs, second.pauseMs);
  return { ...second, pauseMs, outcomes: [...first.outcomes, ...later] };
}

function again(
  messages: readonly EncodedMessage[],
  because: string,
  pauseMs: number,
  { attemptsUsedUp, absentSince }: DeliveryHistory,
): DeliveryResult {
  return {
    outcomes: messages.map((): MessageOutcome => ({ type: 'again', because })),
    pauseMs,
    attemptsUsedUp,
    absentSince,
  };
}

function rejected(
  messages: readonly EncodedMessage[],
  error: HaError,
  { emit }: DeliveryParts,
): DeliveryResult {
  emit({ type: 'delivery-failed', messages: messages.length, error });
  return {
    outcomes: messages.map((): MessageOutcome => ({ type: 'rejected', error })),
    pauseMs: 0,
    ...NO_HISTORY,
  };
}

function notStored(error: CallError): HaError {
  return new HaError(error.code, `The message is not stored: ${error.message}`, { cause: error });
}
