export { createStreamDetails } from './create-stream-details.ts';
export {
  groupCursorDetails,
  oldestCursorDetails,
  partitionCursorDetails,
  updateGroupDetails,
} from './cursor-details.ts';
export { putMessagesDetails } from './put-messages-details.ts';
