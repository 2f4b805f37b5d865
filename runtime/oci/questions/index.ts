export { createStreamDetails } from './create-stream-details.ts';
export { groupCursorDetails } from './group-cursor-details.ts';
export { putMessagesDetails } from './put-messages-details.ts';
