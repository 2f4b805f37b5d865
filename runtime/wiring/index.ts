export { connect, type Connection, type OpenContext } from './connect.ts';
export { completedByStack } from './from-stack.ts';
export { openConsumer } from './open-consumer.ts';
export { openManager, openProducer } from './open-producer.ts';
export { openPassingReaders } from './open-passing-readers.ts';
