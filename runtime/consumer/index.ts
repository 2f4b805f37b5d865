export type { ConsumedMessage } from './consumed-message.ts';
export type { DeadLetterHook, Handler } from './handle-message.ts';
export type { ConsumedRegion } from './region-reader.ts';
export {
  createConsumer,
  type ConsumerParts,
  type ConsumerStats,
  type OpenedConsumer,
  type RegionStats,
  type RunOptions,
  type StreamConsumer,
} from './stream-consumer.ts';
