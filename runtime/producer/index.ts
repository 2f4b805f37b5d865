export type { MessageOutcomes } from './message-batch.ts';
export type { Message } from './message.ts';
export { Manager, type StreamManager } from './stream-manager.ts';
export { Producer, type ProducerStats, type SendOptions, type StreamProducer } from './stream-producer.ts';
