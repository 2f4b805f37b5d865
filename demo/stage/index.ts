export { FAILBACK_AFTER_S } from './commands.ts';
export { CUES } from './scenario.ts';
export { Payments } from './payments.ts';
export { Stage } from './stage.ts';
