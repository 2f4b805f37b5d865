export { close, type Suggestion } from './closing.ts';
export { Narrator } from './narrator.ts';
export { Screen } from './screen.ts';
export { statusOf } from './status.ts';
export { Timeline, type Line } from './timeline.ts';
