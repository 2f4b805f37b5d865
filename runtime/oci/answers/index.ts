export { committedOffsets, reservations } from './committed-offsets.ts';
export { cursorValue } from './cursor-value.ts';
export { putEntries } from './put-entries.ts';
export { readReply } from './read-reply.ts';
export { streamState, streamStates } from './stream-state.ts';
