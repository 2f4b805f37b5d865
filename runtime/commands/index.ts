export { consumerCommand } from './consumer/command.ts';
export { envCommand } from './env/command.ts';
export { EXIT } from './exit-code.ts';
export { producerCommand } from './producer/command.ts';
export { statusCommand } from './status/command.ts';
