import { fresh, oneTurn } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import { RIVAL_NAMES } from '../jobs.ts';
import { BASE } from '../work.ts';
import type { Part } from './part.ts';

export const startUp: Part = {
  about: 'a process that opens a producer and gets its first receipt',
  async run({ compare }) {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('start-up', 1);
    const job = { type: 'start-up' } as const;
    const work = { ...BASE, batch: 1 };
    await compare({
      id: 'start-up/first-receipt',
      work: 'from the start of Node, with a warm compile cache; only this project looks its stream up by name',
      figures: ['importMs', 'firstReceiptMs', 'cpuMs', 'residentMiB'],
      contestants: RIVAL_NAMES.map((rival) => fresh(rival, () => oneTurn({ rival, place, work, job }))),
    });
  },
};
