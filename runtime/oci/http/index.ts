export { callLimitMs } from './call-limit.ts';
export { openConnections } from './connections.ts';
export { exchange, type Deadline, type Outcome, type Reply, type WireRequest } from './exchange.ts';
export { printable } from './printable.ts';
