export { readStackOutputs } from './stack-outputs.ts';
export { StackRefresh } from './stack-refresh.ts';
