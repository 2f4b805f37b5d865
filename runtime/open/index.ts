export { connect, type Connection, type OpenContext } from './connect.ts';
export { findSecondary } from './find-secondary.ts';
export { completedByStack } from './from-stack.ts';
export { openPassingReaders } from './open-passing-readers.ts';
export { openConsumer } from './open-consumer.ts';
export { openManager } from './open-manager.ts';
export { openProducer } from './open-producer.ts';
