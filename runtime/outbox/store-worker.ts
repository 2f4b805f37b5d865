import { parentPort, workerData } from 'node:worker_threads';

import type { StoreReply, StoreRequest, WorkerStart } from './worker-protocol.ts';

// Before Node 24.15 loading node:sqlite warns on stderr that it is experimental. This thread loads nothing else.
process.emitWarning = () => {};
const { serve } = await import('./serve-store.ts');

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker');
const post = (reply: StoreReply, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(reply, transfer);
const take = serve(workerData as WorkerStart, post);
port.on('message', (request: StoreRequest) => {
  if (take(request) === 'closed') port.close();
});
