export type { ConsumedMessage } from './consumed-message.ts';
export type { ConsumedRegion, ConsumedStream } from './consumed-region.ts';
export type { DeadLetterHook, Handler } from './handling.ts';
export { StreamConsumer, type RunOptions } from './stream-consumer.ts';
