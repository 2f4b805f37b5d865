import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import type { RivalName } from '../jobs.ts';
import { BASE, inWords } from '../work.ts';
import type { Part } from './part.ts';

const ALL: readonly RivalName[] = ['this project', 'plain SDK', 'bare undici'];
const PARTITIONS = 40;

export const both: Part = {
  about: 'put at full speed and read by the same process meanwhile, until all is read',
  async run({ compare, turnMs }) {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('both', PARTITIONS);
    const job = { type: 'both', length: { ms: turnMs }, partitions: PARTITIONS } as const;
    // Enough keys to spread them over all partitions alike.
    const work = { ...BASE, keys: 10_000 };
    await compare({
      id: 'both/base',
      work: `${inWords(work)}, ${PARTITIONS} partitions`,
      figures: ['perSecond', 'cpuPerMillion', 'residentMiB'],
      contestants: ALL.map((rival) => worker(rival, { rival, place, work, job })),
    });
  },
};

export const latency: Part = {
  about: 'from when a message was due to its receipt, at 1,000 messages/s',
  async run({ compare, isQuick }) {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('latency', PARTITIONS);
    const job = { type: 'latency', perSecond: 1_000, forMs: isQuick ? 500 : 2_000 } as const;
    const one = (rival: RivalName): ReturnType<typeof worker> => {
      // The producer puts into one request what has come meanwhile; the others have a request for each message.
      const work = rival === 'this project' ? BASE : { ...BASE, batch: 1 };
      return worker(rival, { rival, place, work, job });
    };
    await compare({
      id: 'latency/1000',
      work: '100 B, 64 keys; the rivals put a message in a request',
      figures: ['p50Ms', 'p99Ms'],
      contestants: ALL.map(one),
    });
  },
};
