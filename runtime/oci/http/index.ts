export { callLimitMs } from './call-limit.ts';
export type { Deadline } from './deadline.ts';
export { exchange, type WireRequest } from './exchange.ts';
export { printable } from './printable.ts';
export { headerOf, type Outcome, type Reply } from './reply.ts';
