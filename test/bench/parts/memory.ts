import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import { BASE } from '../work.ts';
import { PARTITIONS, type Part } from './part.ts';

const TURNS = 5;

export const memory: Part = {
  about: 'memory after millions of messages with a new key each',
  isLong: true,
  async run({ keep, isQuick }) {
    const millions = isQuick ? 0.4 : 2;
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('memory', PARTITIONS);
    const work = { ...BASE, keys: Infinity };
    const job = { type: 'put', length: { messages: millions * 1_000_000 } } as const;
    await using opened = await worker('', { rival: 'this project', place, work, job }).open();
    const contestants = [];
    for (let turn = 1; turn <= TURNS; turn++) {
      const { residentMiB = 0 } = await opened.turn();
      contestants.push({
        name: turn === TURNS ? 'at the end' : `after ${turn}/${TURNS} of it`,
        samples: [{ residentMiB }],
      });
    }
    keep({
      id: 'memory/keys',
      work: `100 B, batches of 1,000, a new key for each of ${TURNS * millions} million messages`,
      figures: ['residentMiB'],
      // The last is compared with the earlier ones.
      contestants: contestants.toReversed(),
    });
  },
};
