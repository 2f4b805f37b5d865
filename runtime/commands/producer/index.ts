export { producerCommand } from './command.ts';
