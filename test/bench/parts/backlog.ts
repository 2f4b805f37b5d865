import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Sample } from '../comparison.ts';
import { oneTurn } from '../contestants.ts';
import { EmulatorProcess, type Place } from '../emulated.ts';
import { inDirectory } from '../../support/in-directory.ts';
import type { BacklogJob, Job } from '../jobs.ts';
import { readPartition } from '../read-partition.ts';
import { StoredInOrder } from '../../support/stored-in-order.ts';
import { BASE } from '../work.ts';
import { PARTITIONS, type Bench, type Part } from './part.ts';

const MILLIONS = { long: 10, quick: 0.5 };
const STARTS = 3;
/** The region keeps all messages, so that they can be looked at. */
const REGION = { maxStoredMiB: 8_192, heapMiB: 8_192 };

export const backlog: Part = {
  about: '10 million messages on disk: the start of a process that finds them, and their way to a region',
  isLong: true,
  async run(bench) {
    const millions = bench.isQuick ? MILLIONS.quick : MILLIONS.long;
    const messages = millions * 1_000_000;
    const work = `100 B, 64 keys, ${millions} million messages`;
    await inDirectory(async (directory) => {
      await using region = await EmulatorProcess.start(REGION);
      const place = await region.stream('backlog', PARTITIONS);
      const at = async (name: 'full' | 'empty', type: BacklogJob['type']): Promise<Sample> => {
        const outbox = join(directory, name);
        await mkdir(outbox, { recursive: true });
        return await oneTurn(taskOf(place, { type, directory: outbox, messages }));
      };
      await at('full', 'leave-backlog');
      await starts(bench, work, at);
      const fromDisk = await at('full', 'send-backlog');
      const misplaced = await misplacedIn(place, messages);
      keepDrain(bench, work, { ...fromDisk, misplaced }, await fromMemory(messages));
    });
  },
};

function taskOf(place: Place, job: Job) {
  return { rival: 'this project', place, work: BASE, job } as const;
}

/** Each process finds what the one before it has not sent: some ten thousand messages less. */
async function starts(
  { keep }: Bench,
  work: string,
  at: (name: 'full' | 'empty', type: 'find-backlog') => Promise<Sample>,
): Promise<void> {
  const full: Sample[] = [];
  const empty: Sample[] = [];
  for (let round = 0; round < STARTS; round++) {
    const idle = await at('empty', 'find-backlog');
    const found = await at('full', 'find-backlog');
    empty.push(idle);
    full.push({ ...found, addedMiB: (found.residentMiB ?? NaN) - (idle.residentMiB ?? NaN) });
  }
  keep({
    id: 'backlog/start',
    work: `${work}: a process that opens a producer on them`,
    figures: ['importMs', 'openMs', 'readyMs', 'residentMiB'],
    contestants: [
      { name: 'a backlog', samples: full },
      { name: 'an empty outbox', samples: empty },
    ],
  });
}

function keepDrain({ keep }: Bench, work: string, fromDisk: Sample, fromMemory: Sample): void {
  keep({
    id: 'backlog/drain',
    work: `${work}: sent from disk, and as many from memory`,
    figures: ['perSecond', 'cpuPerMillion', 'peakMiB', 'turnP9999Ms', 'turnMs', 'stallMs'],
    contestants: [
      { name: 'from disk', samples: [fromDisk] },
      { name: 'from memory', samples: [fromMemory] },
    ],
  });
}

/** To a region that keeps as many. */
async function fromMemory(messages: number): Promise<Sample> {
  await using region = await EmulatorProcess.start(REGION);
  const place = await region.stream('memory', PARTITIONS);
  return await oneTurn(taskOf(place, { type: 'put', length: { messages }, withStalls: true }));
}

/** Messages that the region has not once, or not in order of their key. */
async function misplacedIn(place: Place, messages: number): Promise<number> {
  const order = new StoredInOrder(messages, BASE);
  const look = async (partition: number): Promise<void> => {
    for await (const page of readPartition(place, partition)) for (const message of page) order.take(message);
  };
  await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => look(partition)));
  return order.misplaced;
}
