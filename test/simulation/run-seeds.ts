import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { SeedAnswer } from './answer.ts';
import { trafficOf } from './fill-schedule.ts';
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

/** A seed takes a second of processor time; one that has not ended after so long never does, in ms. */
const HANGS_MS = 240_000;

function hung(seed: number): SeedAnswer {
  const violation = { type: 'hangs', at: 0, detail: `not ended after ${HANGS_MS} ms of real time` };
  return {
    type: 'seed',
    seed,
    traffic: trafficOf(seed),
    cpuMs: HANGS_MS,
    faults: [],
    differs: false,
    twice: false,
    violations: [violation],
    trace: 0,
    simulatedMs: 0,
    messages: 0,
    calls: 0,
    failovers: 0,
    failbacks: 0,
  };
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
      let begunAt = 0;
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
        begunAt = performance.now();
        child.send({ type: 'seed', seed: running, twice: twiceEvery > 0 && running % twiceEvery === 0 });
      });
      // A world that goes round for ever without time passing is a violation as well.
      const watch = setInterval(() => {
        if (running === undefined || performance.now() - begunAt < HANGS_MS) return;
        answers.push(hung(running));
        onAnswer?.(hung(running));
        running = undefined;
        child.kill('SIGKILL');
      }, 5_000);
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        clearInterval(watch);
        if ((code === 0 || signal === 'SIGKILL') && running === undefined) resolve();
        else reject(new Error(`a worker ended with ${code ?? 'a signal'}, in seed ${running ?? '?'}`));
      });
    });
  await Promise.all(
    Array.from({ length: workers }, () => work(fork(WORKER, [JSON.stringify(patches)], WORKER_OPTIONS))),
  );
  return answers.toSorted((a, b) => a.seed - b.seed);
}
