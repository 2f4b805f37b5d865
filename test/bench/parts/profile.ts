import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import type { Task } from '../jobs.ts';
import { BASE } from '../work.ts';
import { fill } from './get.ts';
import { PARTITIONS, type Part } from './part.ts';

const MESSAGES = 400_000;
/** Before the turn that is looked at. */
const WARM_UP_TURNS = 2;

export const profile: Part = {
  about: 'where the time of this project goes, putting and getting',
  isLong: true,
  async run({ keepProfile }) {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('profile', PARTITIONS);
    const jobs = {
      'Put, 100 B in batches of 1,000': { type: 'put', length: { ms: 2_000 } },
      'Get, 100 B': { type: 'get', messages: MESSAGES },
    } as const;
    await fill(place, BASE, MESSAGES);
    for (const [name, job] of Object.entries(jobs)) {
      const task: Task = { rival: 'this project', place, work: BASE, job };
      await using opened = await worker('', task).open();
      for (let turn = 0; turn < WARM_UP_TURNS; turn++) await opened.turn();
      keepProfile(name, await opened.profile());
    }
  },
};
