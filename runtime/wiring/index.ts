export {
  connect,
  settingsInForce,
  type ConnectContext,
  type Connection,
  type OpenContext,
} from './connect.ts';
export { consumerFrom, openConsumer } from './open-consumer.ts';
export { managerFrom, openManager, openProducer, producerFrom, type ReceiptWith } from './open-producer.ts';
export { openPassingReaders } from './open-passing-readers.ts';
