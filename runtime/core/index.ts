export { chooseActive, type ActiveChoice, type RecordedSecondary } from './active-region.ts';
export { backoffMs, retryHintMs, type BackoffLimits } from './backoff.ts';
export { inShort, type CallFailure } from './call-failure.ts';
export { CONSEQUENCES, evidenceOf, failureKind, maybeStored, type FailureKind } from './failure-kind.ts';
export { MAX_REQUEST_BYTES, sizeProblem } from './message-limits.ts';
export { nextStep, type NextStep, type RetryLimits } from './next-step.ts';
export { answerMeaning, entryFates, overtaken, type EntryFate } from './put-result.ts';
export {
  afterProbe,
  mayFailBack,
  nextProbeMs,
  SILENT,
  type Recovery,
  type RecoveryLimits,
} from './recovery.ts';
export {
  afterFailure,
  afterSuccess,
  looksDown,
  WELL,
  type Evidence,
  type RegionHealth,
} from './region-health.ts';
export { chooseStream, type StreamChoice } from './stream-choice.ts';
