import { parentPort, workerData } from 'node:worker_threads';

import { quietly } from './quiet-sqlite.ts';
import type { StoreReply, StoreRequest, WorkerStart } from './worker-protocol.ts';

const { serve } = await quietly(() => import('./serve-store.ts'));

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker');
const post = (reply: StoreReply, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(reply, transfer);
const take = serve(workerData as WorkerStart, post);
// A port with a listener keeps the thread alive, and the process.
if (take !== undefined) {
  port.on('message', (request: StoreRequest) => {
    if (take(request) === 'closed') port.close();
  });
}
