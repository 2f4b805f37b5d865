export { consumerCommand } from './command.ts';
