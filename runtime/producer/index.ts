export type { MessageOutcomes } from './message-batch.ts';
export type { Message } from './message.ts';
export { Producer } from './producer.ts';
export { Manager, type StreamManager } from './stream-manager.ts';
export type { ProducerStats, SendOptions, StreamProducer } from './stream-producer.ts';
