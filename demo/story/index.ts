export { play, type Audience, type Outcome } from './play.ts';
export type { Scene, Step } from './step.ts';
export { STORY } from './story.ts';
