import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import { RIVAL_NAMES, type RivalName } from '../jobs.ts';
import { BASE } from '../work.ts';
import { PARTITIONS, type Part } from './part.ts';

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
      contestants: RIVAL_NAMES.map(one),
    });
  },
};
