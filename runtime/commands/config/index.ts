export { configCommand } from './command.ts';
