import type { Sample } from '../comparison.ts';
import { fresh, oneTurn } from '../contestants.ts';
import { EmulatorProcess, SECONDARY } from '../emulated.ts';
import { BASE } from '../work.ts';
import type { Part } from './part.ts';

/** The outages, with what README.md promises for each, in ms. */
const OUTAGES = [
  { id: 'errors', about: 'every call is answered with 503', fault: { status: 503 }, promisedMs: 5_000 },
  { id: 'refused', about: 'connections are refused', fault: { refuse: true }, promisedMs: 5_000 },
  { id: 'silence', about: 'no call is answered', fault: { hang: true }, promisedMs: 8_000 },
];

export const failover: Part = {
  about: 'from the last receipt of the primary to the first one of the secondary, which is there',
  isLong: true,
  async run({ compare }) {
    for (const { id, about, fault, promisedMs } of OUTAGES) {
      await compare({
        id: `failover/${id}`,
        work: `100 B, 1,000 messages/s; ${about}`,
        figures: ['gapMs'],
        contestants: [
          fresh('this project', () => outage(fault)),
          fresh('README.md', () => Promise.resolve({ gapMs: promisedMs })),
        ],
        rounds: 3,
        isCold: true,
      });
    }
  },
};

/** With a new pair of regions. */
async function outage(fault: object): Promise<Sample> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('OCI-PRIMARY-STREAM', 3);
  await emulator.stream('OCI-SECONDARY-STREAM', 3, SECONDARY);
  return await oneTurn({ rival: 'this project', place, work: BASE, job: { type: 'failover', fault } });
}
