export { callLimitMs } from './call-pace.ts';
export { activeAtStart, recordedRole, type ActiveAtStart } from './active-region.ts';
export { backoffMs, retryHintMs } from './backoff.ts';
export { takeBatch, type BatchLimits } from './batch.ts';
export {
  asksForShare,
  shareAfterGroup,
  shareAfterGroupFailed,
  shareAfterRead,
  shareAfterThrottling,
  UNKNOWN_SHARE,
  type GroupShare,
} from './group-share.ts';
export { groupStart, type Moment } from './group-start.ts';
export { inShort, type CallFailure } from './call-failure.ts';
export { endpointVariable, trustedEndpoint } from './endpoint-trust.ts';
export { errorCodes, type HaErrorCode } from './error-codes.ts';
export { errorCode, evidenceOf, failureKind, isTransient, type FailureKind } from './failure-kind.ts';
export { MAX_KEY_BYTES, MAX_REQUEST_BYTES, MAX_VALUE_BYTES, sizeProblem } from './message-limits.ts';
export { nextStep, type NextStep, type RetryLimits } from './next-step.ts';
export { answerMeaning, overtaken } from './put-results.ts';
export { readFault, type ReadFault, type ReadStep } from './read-fault.ts';
export { livenessOf, parsePresence, type Liveness, type Presence, type ProcessSeen } from './presence.ts';
export {
  afterReadFailure,
  endsReading,
  NOT_READ_YET,
  otherTakesOver,
  type ReadHealth,
} from './read-health.ts';
export {
  CALL_SPACING_MS,
  heartbeatSpacingMs,
  idleSpacingMs,
  readSpacingMs,
  SHARED_IDLE_MS,
} from './read-pace.ts';
export {
  expectAgain,
  NOTHING_EXPECTED,
  withoutRedelivered,
  type ExpectedAgain,
} from './redelivery-filter.ts';
export { afterFailure, HEALTHY, isDown, type Evidence, type RegionHealth } from './region-health.ts';
export * from './routing/index.ts';
export {
  checkStream,
  partsOfStreamOcid,
  realmOfOcid,
  type AddressTrust,
  type CheckedStream,
  type StreamAddress,
  type StreamRef,
} from './stream-address.ts';
export { chooseStream } from './stream-choice.ts';
export { decodeText } from './text-encoding.ts';
