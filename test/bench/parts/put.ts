import type { Contestant, Figure } from '../comparison.ts';
import { worker } from '../contestants.ts';
import { EmulatorProcess, type Place } from '../emulated.ts';
import { RIVAL_NAMES, type Job, type RivalName } from '../jobs.ts';
import { AS_LONG, BASE, inWords, type Work } from '../work.ts';
import { PARTITIONS, type Bench, type Part } from './part.ts';

const FIGURES: readonly Figure[] = ['perSecond', 'cpuPerMillion', 'residentMiB'];
const ONE_AWAITED: Work = { ...BASE, batch: 1 };

/** So few messages are sent in a turn that V8 still compiles after ten of them: the first round must be longer. */
const AWAITED_TURNS = 4;

export const put: Part = {
  about: 'messages stored, at full speed and one at a time',
  async run(bench) {
    await awaited(bench);
    await batches(bench, 'put/batch-1000', BASE);
    await keys(bench);
    await envelope(bench);
    if (bench.isQuick) return;
    await batches(bench, 'put/batch-100', { ...BASE, batch: 100 });
    await tls(bench);
    await atFullSpeed(bench, 'put/1-KiB', { ...BASE, size: 1_024 });
    // A request holds at most 1 MiB.
    await atFullSpeed(bench, 'put/10-KiB', { ...BASE, size: 10_240, batch: 100 });
  },
};

async function awaited({ compare, turnMs, isQuick }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('awaited', PARTITIONS);
  const job: Job = { type: 'send', length: { ms: isQuick ? turnMs : AWAITED_TURNS * turnMs } };
  const one = (name: string, rival: RivalName): Contestant =>
    worker(name, { rival, place, work: ONE_AWAITED, job });
  await compare({
    id: 'put/awaited',
    work: inWords(ONE_AWAITED),
    figures: FIGURES,
    contestants: [
      one('this project', 'this project'),
      one("the Java program's way", 'plain SDK'),
      one('bare undici', 'bare undici'),
    ],
  });
}

/** With the Java program's way beside the others, and `send` beside `sendBatch`. */
function batches(bench: Bench, id: string, work: Work): Promise<void> {
  const length = { ms: bench.turnMs };
  return atFullSpeed(bench, id, work, (place) => [
    worker("the Java program's way", {
      rival: 'plain SDK',
      place,
      work: ONE_AWAITED,
      job: { type: 'send', length },
    }),
    worker('this project, a promise each', {
      rival: 'this project',
      place,
      work: { ...work, ownPromises: true },
      job: { type: 'put', length },
    }),
  ]);
}

async function atFullSpeed(
  { compare, turnMs }: Bench,
  id: string,
  work: Work,
  others: (place: Place) => Contestant[] = () => [],
): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('full-speed', PARTITIONS);
  const job: Job = { type: 'put', length: { ms: turnMs } };
  const all = RIVAL_NAMES.map((rival) => worker(rival, { rival, place, work, job }));
  await compare({ id, work: inWords(work), figures: FIGURES, contestants: [...all, ...others(place)] });
}

async function keys({ compare, turnMs }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('keys', PARTITIONS);
  const job: Job = { type: 'put', length: { ms: turnMs } };
  const withKeys = (keys: number, name: string): Contestant =>
    worker(name, { rival: 'this project', place, work: { ...BASE, keys }, job });
  await compare({
    id: 'put/keys',
    work: '100 B, batches of 1,000, by the number of keys (one key: one batch in flight)',
    figures: FIGURES,
    contestants: [withKeys(10_000, '10,000 keys'), withKeys(64, '64 keys'), withKeys(1, 'one key')],
  });
}

async function tls({ compare, turnMs }: Bench): Promise<void> {
  await using plain = await EmulatorProcess.start();
  await using encrypted = await EmulatorProcess.start({ tls: true });
  const http = await plain.stream('http', PARTITIONS);
  const https = await encrypted.stream('https', PARTITIONS);
  const job: Job = { type: 'put', length: { ms: turnMs } };
  const at = (name: string, rival: RivalName, place: Place): Contestant =>
    worker(name, { rival, place, work: BASE, job });
  await compare({
    id: 'put/tls',
    work: `${inWords(BASE)}, over TLS`,
    figures: FIGURES,
    contestants: [
      at('TLS', 'this project', https),
      at('HTTP', 'this project', http),
      at('bare undici, TLS', 'bare undici', https),
    ],
  });
}

async function envelope({ compare, turnMs }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('envelope', PARTITIONS);
  const job: Job = { type: 'put', length: { ms: turnMs } };
  const at = (name: string, work: Work): Contestant =>
    worker(name, { rival: 'this project', place, work, job });
  await compare({
    id: 'put/envelope',
    work: `${inWords(BASE)}, each message in an envelope`,
    figures: FIGURES,
    contestants: [
      at('envelope', { ...BASE, envelope: true }),
      at('raw', BASE),
      at('raw, as many bytes', AS_LONG),
    ],
  });
}
