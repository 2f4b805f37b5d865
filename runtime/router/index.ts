export { deliver, type DeliveryHistory, type DeliveryParts, type DeliveryResult } from './delivery.ts';
export { PartitionNames } from './put-with-retries.ts';
export { locateAtStart } from './start.ts';
export { Router, type Lease, type ActiveRegionSink, type RouterParts, type RouterStart } from './router.ts';
