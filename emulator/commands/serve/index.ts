export { addServeCommand } from './command.ts';
