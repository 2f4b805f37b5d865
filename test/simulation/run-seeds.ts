import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { SeedAnswer } from './answer.ts';
import type { SourcePatch } from './hooks.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A larger young generation halves what the collector takes. */
const WORKER_OPTIONS: ForkOptions = {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  execArgv: ['--max-semi-space-size=64'],
};

export interface SeedsOptions {
  readonly from: number;
  /** Called before each seed: whether there is another one to run. */
  readonly wanted: (begun: number, hours: number) => boolean;
  readonly workers: number;
  /** One seed in so many is run twice; 0: none. */
  readonly twiceEvery: number;
  readonly patches?: readonly SourcePatch[];
  readonly onAnswer?: (answer: SeedAnswer) => void;
}

/** Runs one seed after another, in processes of their own. Resolves when none is wanted any more and all have answered. */
export async function runSeeds(options: SeedsOptions): Promise<SeedAnswer[]> {
  const { from, wanted, workers, twiceEvery, patches = [], onAnswer } = options;
  const answers: SeedAnswer[] = [];
  let begun = 0;
  let hours = 0;
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let running: number | undefined;
      child.on('message', (told: SeedAnswer | { readonly type: 'ready' }) => {
        if (told.type === 'seed') {
          answers.push(told);
          hours += told.simulatedMs / 3_600_000;
          onAnswer?.(told);
        }
        if (!wanted(begun, hours)) {
          running = undefined;
          child.send({ type: 'stop' });
          return;
        }
        running = from + begun++;
        child.send({ type: 'seed', seed: running, twice: twiceEvery > 0 && running % twiceEvery === 0 });
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0 && running === undefined) resolve();
        else reject(new Error(`a worker ended with ${code ?? 'a signal'}, in seed ${running ?? '?'}`));
      });
    });
  await Promise.all(
    Array.from({ length: workers }, () => work(fork(WORKER, [JSON.stringify(patches)], WORKER_OPTIONS))),
  );
  return answers.toSorted((a, b) => a.seed - b.seed);
}
