export { close, type Suggestion } from './closing.ts';
export { Narrator } from './narrator.ts';
export { conditions, statusOf } from './status.ts';
export { Timeline, type Line } from './timeline.ts';
