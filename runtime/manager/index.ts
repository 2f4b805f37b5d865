export { findOrJudge } from './find-or-judge.ts';
export { Site } from './site.ts';
export { StreamManager, type Whereabouts } from './stream-manager.ts';
