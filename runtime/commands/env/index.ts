export { envCommand } from './command.ts';
