import { worker } from '../contestants.ts';
import { EmulatorProcess } from '../emulated.ts';
import type { Job } from '../jobs.ts';
import { BASE, inWords } from '../work.ts';
import { PARTITIONS, type Bench, type Part } from './part.ts';

const SPOOLED = 500_000;
/** So many that the start of the outbox's thread is a small part. */
const DRAINED = 600_000;
/** A partition takes a MB a second, as the service says, and after a rest the bytes of another second at once. */
const THROTTLED = { limits: 'putBytesPerSecond=1000000', partitions: 8, messages: 300_000 };

export const outbox: Part = {
  about: 'messages put on disk while no region takes them, and sent from there by the next process',
  isLong: true,
  async run(bench) {
    await spool(bench);
    await drain(bench);
    await drainToLimits(bench);
  },
};

async function spool({ compare }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('spool', PARTITIONS);
  const work = { ...BASE, size: 1_024 };
  const at = (name: string, type: 'spool' | 'write-file'): ReturnType<typeof worker> =>
    worker(name, { rival: 'this project', place, work, job: { type, messages: SPOOLED } });
  await compare({
    id: 'outbox/spool',
    work: `${inWords(work)}; a synced write of the same bytes beside it`,
    figures: ['perSecond', 'cpuPerMillion', 'residentMiB', 'turnP9999Ms', 'turnMs'],
    contestants: [at('this project', 'spool'), at('a file', 'write-file')],
    rounds: 3,
  });
}

async function drain({ compare }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('drain', PARTITIONS);
  const at = (name: string, job: Job): ReturnType<typeof worker> =>
    worker(name, { rival: 'this project', place, work: BASE, job });
  await compare({
    id: 'outbox/drain',
    work: inWords(BASE),
    figures: ['perSecond', 'cpuPerMillion', 'residentMiB'],
    contestants: [
      at('from disk', { type: 'drain', messages: DRAINED }),
      at('from memory', { type: 'put', length: { messages: DRAINED } }),
    ],
    rounds: 3,
  });
}

/** Each has a stream of its own: what one has sent does not slow the other down. */
async function drainToLimits({ compare }: Bench): Promise<void> {
  const { limits, partitions, messages } = THROTTLED;
  await using emulator = await EmulatorProcess.start({ limits });
  const at = async (name: string, job: Job): Promise<ReturnType<typeof worker>> => {
    const place = await emulator.stream(name.replaceAll(' ', '-'), partitions);
    return worker(name, { rival: 'this project', place, work: BASE, job });
  };
  await compare({
    id: 'outbox/drain-throttled',
    work: `${inWords(BASE)}, to 8 partitions that take a MB a second each`,
    figures: ['perSecond', 'cpuPerMillion', 'residentMiB'],
    contestants: [
      await at('from disk', { type: 'drain', messages }),
      await at('from memory', { type: 'put', length: { messages } }),
    ],
    rounds: 3,
  });
}
