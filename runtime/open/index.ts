export { beginning, connect, type Connection, type OpenContext } from './connect.ts';
export { openConsumer } from './open-consumer.ts';
export { openManager } from './open-manager.ts';
export { openProducer } from './open-producer.ts';
