import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import { RIVAL_NAMES } from '../jobs.ts';
import { BASE, inWords } from '../work.ts';
import { PARTITIONS, type Part } from './part.ts';

export const both: Part = {
  about: 'put at full speed and read by the same process meanwhile, until all is read',
  async run({ compare, turnMs }) {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('both', PARTITIONS);
    // So few that the emulator holds all of them: one that writes faster than it reads would find the oldest dropped.
    const length = { messages: turnMs * 50 };
    const job = { type: 'both', length, partitions: PARTITIONS } as const;
    // Enough keys to spread them over all partitions alike.
    const work = { ...BASE, keys: 10_000 };
    await compare({
      id: 'both/base',
      work: `${inWords(work)}, ${PARTITIONS} partitions`,
      figures: ['perSecond', 'cpuPerMillion', 'residentMiB'],
      contestants: RIVAL_NAMES.map((rival) => worker(rival, { rival, place, work, job })),
    });
  },
};
