import { canSpendCall, countCall, spendCall } from '../backoff.ts';
import { inShort, type CallFailure } from '../call-failure.ts';
import { failureKind, isTransient, refusesContent } from '../failure-kind.ts';
import { afterRefusals, NO_SINGLE_REFUSALS } from '../refusals.ts';
import { afterFailure, afterSuccess, HEALTHY } from '../region-health.ts';
import { afterCall, afterStore, hasStoppedStoring } from '../region-pace.ts';
import type { RoutingEvent, RoutingNews } from './routing-events.ts';
import type { Role, RoutingLimits, TargetState, VerdictProbes } from './state.ts';

type PutAnswered = Extract<RoutingEvent, { type: 'put-answered' }>;
type PutFailed = Extract<RoutingEvent, { type: 'put-failed' }>;
type Probed = Extract<RoutingEvent, { type: 'probed' }>;

/**
 * The time between two probes that add evidence, in ms, and the largest number of them without an answer: as many as a
 * verdict needs within the time limit of one call.
 */
const PROBE_EVERY_MS = 120;
const PROBES_OUTSTANDING = 16;
/**
 * The evidence from which on probes are sent: a single 5xx is common; two in a row, a refused connection or a missing
 * answer are not.
 */
const WORTH_A_PROBE = 1.1;
/** No message is waiting any more when no attempt has failed for so long, in ms. */
const TRYING_MS = 6_000;

/** The active target after a put that was answered with 200, and what people are told. */
export function afterAnswer(
  target: TargetState,
  role: Role,
  event: PutAnswered,
  limits: RoutingLimits,
): { readonly target: TargetState; readonly news: readonly RoutingNews[] } {
  const pace = afterCall(target.pace, event.tookMs, limits.requestTimeoutMs);
  const health = afterSuccess(target.health);
  const news: RoutingNews[] = [];
  if (pace.slow !== target.pace.slow) {
    const type = pace.slow ? 'degraded' : 'prompt-again';
    news.push({ type, region: target.region, role, medianMs: pace.medianMs });
  }
  return {
    target: {
      ...target,
      pace,
      health,
      rhythm: event.stored > 0 ? afterStore(target.rhythm, event.at) : target.rhythm,
      isFailing: false,
      singleRefusals: afterRefusals(target.singleRefusals, event.refusals, event.at),
      probing: health.type === 'healthy' ? undefined : target.probing,
    },
    news,
  };
}

/** The active target after an attempt that failed. */
export function afterFailedPut(target: TargetState, event: PutFailed, limits: RoutingLimits): TargetState {
  const failing = {
    ...target,
    isFailing: target.isFailing || isTriedAgain(event.failure),
    singleRefusals: afterRefusals(target.singleRefusals, event.refusals, event.at),
  };
  // Where most batches hold a message that gets a 400, there are few other answers: without it, a share of failures that is
  // harmless (A10) would add up, for each half of a batch anew.
  if (refusesContent(event.failure)) return { ...failing, health: afterSuccess(target.health) };
  if (!isEvidence(target, event, limits)) return failing;
  const { failure, startedAt, limitMs } = event;
  const health = afterFailure(target.health, { failure, startedAt, tookMs: event.at - startedAt, limitMs });
  return { ...failing, health, probing: { ...verdictProbes(target, event.at), failedAt: event.at } };
}

/** Probes begin with the first failure, and again with the first one after a while without failures. */
function verdictProbes({ probing }: TargetState, at: number): Omit<VerdictProbes, 'failedAt'> {
  const first = { nextAt: at + PROBE_EVERY_MS, outstanding: probing?.outstanding ?? 0, answered: false };
  return probing === undefined || at - probing.failedAt > TRYING_MS ? first : probing;
}

/** While other messages are stored, refused entries are the fault of one partition. */
function isEvidence(target: TargetState, event: PutFailed, limits: RoutingLimits): boolean {
  if (isOnlyPaced(event.failure, limits)) return false;
  return !event.everyEntryRefused || hasStoppedStoring(target.rhythm, event.at);
}

/** A stream that the control plane calls ACTIVE is tried again although it answers 404. */
function isTriedAgain(failure: CallFailure): boolean {
  return isTransient(failure) || failureKind(failure) === 'absent';
}

/** `failoverOnThrottle: false`: throttled calls are paced, and are no evidence. */
function isOnlyPaced(failure: CallFailure, limits: RoutingLimits): boolean {
  return failureKind(failure) === 'throttled' && !limits.failoverOnThrottle;
}

/** The active target after a probe for the verdict. */
export function afterVerdictProbe(target: TargetState, event: Probed): TargetState {
  const { failure, startedAt, limitMs } = event;
  const probing = target.probing && {
    ...target.probing,
    outstanding: Math.max(0, target.probing.outstanding - 1),
    answered: target.probing.answered || failure === undefined,
  };
  if (failure === undefined) return { ...target, probing };
  const health = afterFailure(target.health, { failure, startedAt, tookMs: event.at - startedAt, limitMs });
  return { ...target, health, probing };
}

/** Whether a probe for the verdict is due at `at`, and the target after that decision. */
export function dueProbe(
  target: TargetState,
  at: number,
): { readonly target: TargetState; readonly probe: boolean } {
  const { probing, health, budget } = target;
  if (probing === undefined || at < probing.nextAt) return { target, probe: false };
  const idle = health.type === 'healthy' || probing.answered || at - probing.failedAt > TRYING_MS;
  if (idle) return { target: { ...target, probing: { ...probing, nextAt: Infinity } }, probe: false };
  const later = { ...probing, nextAt: at + PROBE_EVERY_MS };
  const wanted = health.evidence.sum >= WORTH_A_PROBE && probing.outstanding < PROBES_OUTSTANDING;
  if (!wanted || !canSpendCall(budget, at)) return { target: { ...target, probing: later }, probe: false };
  return {
    target: {
      ...target,
      budget: spendCall(budget, at).budget,
      probing: { ...later, outstanding: probing.outstanding + 1 },
    },
    probe: true,
  };
}

/**
 * How long a call to the target has to wait, in ms, and the target after it. While the region is well no call waits;
 * while its calls fail, they keep the rate of before (INV-9).
 */
export function takeCallTurn(
  target: TargetState,
  at: number,
): { readonly target: TargetState; readonly waitMs: number } {
  if (target.health.type === 'healthy' && !target.isFailing)
    return { target: { ...target, budget: countCall(target.budget, at) }, waitMs: 0 };
  const { budget, waitMs } = spendCall(target.budget, at);
  return { target: { ...target, budget }, waitMs };
}

/** The target as it is when it becomes active. */
export function entered(target: TargetState): TargetState {
  return {
    ...target,
    health: HEALTHY,
    isFailing: false,
    probing: undefined,
    singleRefusals: NO_SINGLE_REFUSALS,
    problem: undefined,
  };
}

/** The problem that a probe found, for people; undefined when the region answered. */
export function problemOf(target: TargetState, event: Probed): string | undefined {
  if (event.failure === undefined) return undefined;
  const { failure } = event;
  const words = failure.type === 'status' && failure.message !== '' ? `: ${failure.message}` : '';
  return `${target.region}: ${inShort(failure)}${words}`;
}
