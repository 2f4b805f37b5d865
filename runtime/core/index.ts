export { activeAtStart, recordedRole, type ActiveAtStart } from './active-region.ts';
export { backoffMs, retryHintMs } from './backoff.ts';
export {
  answerMeaning,
  hashOf,
  MAX_KEY_BYTES,
  MAX_REQUEST_BYTES,
  MAX_VALUE_BYTES,
  nextMostRefused,
  overtaken,
  sizeProblem,
  takeBatch,
  type BatchLimits,
  type RefusalRules,
} from './batch.ts';
export { inShort, type CallFailure } from './call-failure.ts';
export { readDeadLetter, writeDeadLetter, type DeadLetter, type MessagePosition } from './dead-letter.ts';
export { EnvelopeWriter, isTraceparent, producerName, unwrap, type Envelope } from './envelope.ts';
export { errorCodes, errorMeanings, type HaErrorCode } from './error-codes.ts';
export { errorCode, evidenceOf, failureKind, isTransient, type FailureKind } from './failure-kind.ts';
export { LateMessages } from './late-messages.ts';
export { nextStep, type NextStep, type RetryLimits } from './next-step.ts';
export {
  afterReadFailure,
  endsReading,
  NOT_READ_YET,
  otherTakesOver,
  readFault,
  type ReadFault,
  type ReadHealth,
  type ReadStep,
} from './read-health.ts';
export {
  asksForShare,
  CALL_SPACING_MS,
  commitSpacingMs,
  heartbeatSpacingMs,
  idleSpacingMs,
  readSpacingMs,
  shareAfterGroup,
  shareAfterGroupFailed,
  shareAfterRead,
  shareAfterThrottling,
  SHARED_IDLE_MS,
  UNKNOWN_SHARE,
  type GroupShare,
} from './read-pace.ts';
export {
  countOf,
  expectAgain,
  groupStart,
  NOTHING_EXPECTED,
  offsetsOf,
  withoutRedelivered,
  type ExpectedAgain,
  type Moment,
  type Offsets,
} from './read-position.ts';
export { HASH_WORDS, hashInto, RecentHashes } from './recent-hashes.ts';
export { refusalsIn, type Refusals } from './refusals.ts';
export { afterFailure, HEALTHY, isDown, type Evidence, type RegionHealth } from './region-health.ts';
export { callLimitMs } from './region-pace.ts';
export * from './routing/index.ts';
export {
  checkStream,
  endpointVariable,
  partsOfStreamOcid,
  realmOfOcid,
  trustedEndpoint,
  type AddressTrust,
  type CheckedStream,
  type StreamAddress,
  type StreamRef,
  whyUntrusted,
} from './stream-address.ts';
export { chooseStream } from './stream-choice.ts';
export { decodeText } from './text-encoding.ts';
