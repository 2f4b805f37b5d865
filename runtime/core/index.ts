export { chooseActive, type ActiveChoice } from './active-region.ts';
export { backoffMs, retryHintMs } from './backoff.ts';
export { batchLength, type BatchLimits } from './batch.ts';
export { afterCall, UNKNOWN_PACE, type CallPace } from './call-pace.ts';
export { countCall, hasFreeTurn, startCallRate, takeTurn, type CallRate } from './call-rate.ts';
export { groupStart, type Beginning } from './group-start.ts';
export { inShort, type CallFailure } from './call-failure.ts';
export { endpointVariable, trustedEndpoint } from './endpoint-trust.ts';
export { CONSEQUENCES, failureKind, type FailureKind } from './failure-kind.ts';
export { MAX_KEY_BYTES, MAX_REQUEST_BYTES, MAX_VALUE_BYTES, sizeProblem } from './message-limits.ts';
export { nextStep, type NextStep, type RetryLimits } from './next-step.ts';
export { answerMeaning, entryFates, overtaken, type EntryFate } from './put-result.ts';
export { readFault, type ReadFault, type ReadStep } from './read-fault.ts';
export { afterReadFailure, NOT_READ_YET, otherTakesOver, type ReadHealth } from './read-health.ts';
export { CALL_SPACING_MS, idlePauseMs, readSpacingMs } from './read-pace.ts';
export { expectAgain, leaveOutReplayed, NO_REPLAY, type Replay } from './replay.ts';
export { livenessOf, parsePresence, type Liveness, type Presence, type ProcessSeen } from './presence.ts';
export { afterProbe, mayFailBack, nextProbeMs, SILENT, type Recovery } from './recovery.ts';
export {
  afterFailure,
  afterSuccess,
  looksDown,
  WELL,
  type Evidence,
  type RegionHealth,
} from './region-health.ts';
export { chooseStream } from './stream-choice.ts';
