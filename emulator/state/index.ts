export { ConsumerGroup, type GroupRecord, type GroupStart } from './consumer-group.ts';
export {
  CURSOR_LIFE_MS,
  decodeCursor,
  encodeCursor,
  type Cursor,
  type GroupCursor,
  type PartitionCursor,
} from './cursor.ts';
export { decodedBytes } from './decoded-bytes.ts';
export { newEtag, newGlobalOcid, newLabel, newOcid, newRequestIdParts, newUuid } from './identifier.ts';
export type { Resource } from './lifecycle.ts';
export { RELAXED, STRICT, type Limits } from './limits.ts';
export { PartitionLog, type StoredMessage } from './partition-log.ts';
export {
  DEFAULT_RULES,
  forget,
  newRegion,
  settle,
  type PendingChange,
  type RegionRules,
  type RegionState,
  type RetryToken,
} from './region.ts';
export type { ConnectHarness, StreamPool } from './stream-pool.ts';
export { age, type Stream } from './stream.ts';
export type { ResourceKind, WorkRequest, WorkRequestAction, WorkRequestNote } from './work-request.ts';
