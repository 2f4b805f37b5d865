export { findOrJudge } from './find-or-judge.ts';
export { Site, type Locate } from './site.ts';
export { StreamManager, type Whereabouts } from './stream-manager.ts';
