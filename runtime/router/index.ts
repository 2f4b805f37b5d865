export {
  deliver,
  PartitionNames,
  type DeliveryHistory,
  type DeliveryParts,
  type DeliveryResult,
  type MessageOutcome,
} from './delivery.ts';
export { locateAtStart } from './start.ts';
export {
  Router,
  type ActiveRegionSink,
  type RouterParts,
  type RouterStart,
  type RoutingStatus,
} from './router.ts';
