import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Sample } from '../comparison.ts';
import { fresh } from '../contestants.ts';
import { AS_USERS_RUN_IT } from '../emulated.ts';
import type { Part } from './part.ts';

const SIMULATOR = fileURLToPath(new URL('../../simulation/main.ts', import.meta.url));
const SEEDS = 100;

export const simulator: Part = {
  about: 'hours of simulated worlds (docs/verified.md) per minute of processor time',
  isLong: true,
  async run({ compare }) {
    await compare({
      id: 'simulator/hours',
      work: `npm run simulate -- --seeds ${SEEDS}`,
      figures: ['hoursPerMinute'],
      contestants: [
        fresh('this project', simulate),
        fresh('a clock on the wall', () => Promise.resolve({ hoursPerMinute: 1 / 60 })),
      ],
      rounds: 3,
      isCold: true,
    });
  },
};

async function simulate(): Promise<Sample> {
  const seeds = ['--seeds', String(SEEDS), '--hours', '0', '--workers', '1'];
  const { stdout } = await promisify(execFile)(process.execPath, [SIMULATOR, ...seeds], {
    env: AS_USERS_RUN_IT,
  });
  const told = /(\d+) hours a minute of processor time/.exec(stdout)?.[1];
  if (told === undefined) throw new Error(`the simulator does not say how fast it was:\n${stdout}`);
  return { hoursPerMinute: Number(told) };
}
