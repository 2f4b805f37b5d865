// A rival in a process of its own, so that processor time and memory are its own: takes a turn when it is asked to.
import { enableCompileCache } from 'node:module';

import type { Task } from './jobs.ts';

enableCompileCache();
const { openJob } = await import('./jobs.ts');
const { profiled } = await import('./profile.ts');

/** Standard error has the reason. */
function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

process.once('disconnect', () => process.exit());
try {
  const turn = await openJob(JSON.parse(process.argv[2] ?? '') as Task);
  process.on('message', (asked: 'turn' | 'profile') => {
    const answer = asked === 'turn' ? turn() : profiled(turn);
    answer.then((told) => process.send?.(told), fail);
  });
  process.send?.('ready');
} catch (error) {
  fail(error);
}
