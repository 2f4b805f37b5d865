export { readStackOutputs, type StackOutputs } from './stack-outputs.ts';
export { StackRefresh } from './stack-refresh.ts';
