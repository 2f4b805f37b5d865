import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Contestant, Opened, Sample } from './comparison.ts';
import { AS_USERS_RUN_IT } from './emulated.ts';
import type { Task } from './jobs.ts';
import type { Profile } from './profile.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

interface Worker extends Opened {
  /** A turn, and where its time goes. */
  profile(): Promise<Profile>;
}

interface WorkerContestant extends Contestant {
  open(): Promise<Worker>;
}

/** A rival at some work, in a process of its own that lives as long as the comparison. */
export function worker(name: string, task: Task): WorkerContestant {
  return {
    name,
    async open() {
      const { caFile } = task.place;
      const env = { ...AS_USERS_RUN_IT, ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }) };
      const child = fork(WORKER, [JSON.stringify(task)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env,
      });
      await answerOf(child);
      return {
        turn() {
          child.send('turn');
          return answerOf(child) as Promise<Sample>;
        },
        profile() {
          child.send('profile');
          return answerOf(child) as Promise<Profile>;
        },
        [Symbol.asyncDispose]: () => end(child),
      };
    },
  };
}

/** A contestant of which nothing lives from turn to turn. */
export function fresh(name: string, turn: () => Promise<Sample>): Contestant {
  return {
    name,
    async open(): Promise<Opened> {
      return { turn, async [Symbol.asyncDispose]() {} };
    },
  };
}

/** A worker for one turn. */
export async function oneTurn(task: Task): Promise<Sample> {
  await using opened = await worker('', task).open();
  return await opened.turn();
}

/** @throws Error when the process ends first. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const listening = new AbortController();
  const { signal } = listening;
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error(`${child.spawnargs.slice(1).join(' ')} ended before it answered`);
    });
    const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
    return answer;
  } finally {
    listening.abort();
  }
}

/** A rival has nothing left that is worth waiting for but its files: it deletes them when it is let go of. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
