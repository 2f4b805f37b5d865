export type { Message } from './message.ts';
export { StreamProducer } from './stream-producer.ts';
