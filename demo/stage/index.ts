export { FAILBACK_AFTER_S } from './commands.ts';
export { Payments } from './payments.ts';
export { Stage } from './stage.ts';
