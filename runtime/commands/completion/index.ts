export { completeCommand, completionCommand } from './command.ts';
