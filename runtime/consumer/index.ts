export type { ConsumedMessage } from './consumed-message.ts';
export { createConsumer, type ConsumerParts, type OpenedConsumer } from './create-consumer.ts';
export { Deduplicator, WINDOW } from './deduplicator.ts';
export { deadLetterHook } from './dead-letters.ts';
export type { BatchHandler } from './handle-batch.ts';
export type { DeadLetterHook, Handler, HandlingContext } from './handle-message.ts';
export {
  PassingReader,
  readInPassing,
  type PartitionedStream,
  type PassingParts,
  type StartAt,
} from './passing-reader.ts';
export type { ConsumedRegion } from './membership.ts';
export type {
  BatchRunOptions,
  ConsumerStats,
  HeldPartition,
  Reading,
  RegionStats,
  RunOptions,
  StreamConsumer,
} from './stream-consumer.ts';
