export { statusCommand } from './command.ts';
