export { consumerCommand } from './consumer/index.ts';
export { envCommand } from './env/index.ts';
export { EXIT } from './exit-code.ts';
export { producerCommand } from './producer/index.ts';
export { statusCommand } from './status/index.ts';
