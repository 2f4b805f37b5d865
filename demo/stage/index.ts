export { FAILBACK_AFTER } from './commands.ts';
export { Payments } from './payments.ts';
export { Stage } from './stage.ts';
