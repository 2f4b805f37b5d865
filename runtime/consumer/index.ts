export { ConsumedMessage } from './consumed-message.ts';
export type { ConsumedRegion, ConsumedStream } from './consumed-region.ts';
export type { DeadLetterHook, Handler } from './handling.ts';
export { PassingReader, readInPassing, type StartAt } from './passing-reader.ts';
export { StreamConsumer, type Reading, type RunOptions } from './stream-consumer.ts';
