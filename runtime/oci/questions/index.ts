export { createStreamDetails } from './create-stream-details.ts';
export { groupCursorDetails, updateGroupDetails } from './group-details.ts';
export { putMessagesDetails } from './put-messages-details.ts';
