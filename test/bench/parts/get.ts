import type { Contestant, Figure } from '../comparison.ts';
import { worker } from '../contestants.ts';
import { callControl, EmulatorProcess, PRIMARY, type Place } from '../emulated.ts';
import { RIVAL_NAMES, type RivalName } from '../jobs.ts';
import { AS_LONG, BASE, type Work } from '../work.ts';
import { PARTITIONS, type Bench, type Part } from './part.ts';

const FIGURES: readonly Figure[] = ['perSecond', 'cpuPerMillion', 'residentMiB'];
const MESSAGES = 200_000;

export const get: Part = {
  about: 'messages read by a group, from the beginning of a stream of 40 partitions',
  async run(bench) {
    await sizes(bench, 'get/100-B', '100 B', BASE, MESSAGES);
    if (bench.isQuick) return;
    await tls(bench);
    await envelope(bench);
    await sizes(bench, 'get/1-KiB', '1 KiB', { ...BASE, size: 1_024 }, MESSAGES / 4);
    await sizes(bench, 'get/10-KiB', '10 KiB', { ...BASE, size: 10_240, batch: 100 }, MESSAGES / 25);
  },
};

export const prefetch: Part = {
  about: 'a handler that takes as long as a read',
  isLong: true,
  async run({ compare }) {
    const waitMs = 100;
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('prefetch', PARTITIONS);
    await fill(place, BASE, MESSAGES / 2);
    await callControl(place, 'PUT', `/faults/${PRIMARY}`, { operation: 'GetMessages', latencyMs: waitMs });
    const reading = (name: string, rival: RivalName, handlerMs: number): Contestant => {
      const job = { type: 'get', messages: MESSAGES / 2, handlerMs } as const;
      return worker(name, { rival, place, work: BASE, job });
    };
    await compare({
      id: 'prefetch/handler',
      work: `a read takes ${waitMs} ms, and so does the handler of what it gave`,
      figures: ['perSecond'],
      contestants: [
        reading('this project', 'this project', waitMs),
        reading('this project, no handler', 'this project', 0),
        reading('plain SDK', 'plain SDK', waitMs),
        reading('plain SDK, no handler', 'plain SDK', 0),
      ],
      rounds: 3,
    });
  },
};

async function sizes(
  { compare }: Bench,
  id: string,
  size: string,
  work: Work,
  messages: number,
): Promise<void> {
  await using emulator = await EmulatorProcess.start();
  const place = await emulator.stream('get', PARTITIONS);
  await fill(place, work, messages);
  const contestants = RIVAL_NAMES.map((rival) =>
    worker(rival, { rival, place, work, job: { type: 'get', messages } }),
  );
  await compare({ id, work: `${size}, up to 10,000 or 1 MiB a read`, figures: FIGURES, contestants });
}

async function tls({ compare }: Bench): Promise<void> {
  await using plain = await EmulatorProcess.start();
  await using encrypted = await EmulatorProcess.start({ tls: true });
  const http = await plain.stream('http', PARTITIONS);
  const https = await encrypted.stream('https', PARTITIONS);
  await fill(http, BASE, MESSAGES);
  await fill(https, BASE, MESSAGES);
  const job = { type: 'get', messages: MESSAGES } as const;
  const at = (name: string, place: Place): Contestant =>
    worker(name, { rival: 'this project', place, work: BASE, job });
  await compare({
    id: 'get/tls',
    work: '100 B, over TLS',
    figures: FIGURES,
    contestants: [at('TLS', https), at('HTTP', http)],
  });
}

async function envelope({ compare }: Bench): Promise<void> {
  await using emulator = await EmulatorProcess.start({ maxStoredMiB: 1_024 });
  const wrapped = await emulator.stream('wrapped', PARTITIONS);
  const raw = await emulator.stream('raw', PARTITIONS);
  const long = await emulator.stream('long', PARTITIONS);
  const work = { ...BASE, envelope: true };
  await fill(wrapped, work, MESSAGES, 'this project');
  await fill(raw, BASE, MESSAGES);
  await fill(long, AS_LONG, MESSAGES);
  const job = { type: 'get', messages: MESSAGES } as const;
  await compare({
    id: 'get/envelope',
    work: '100 B, each message in an envelope, copies looked for',
    figures: FIGURES,
    contestants: [
      worker('envelope', { rival: 'this project', place: wrapped, work, job }),
      worker('raw', { rival: 'this project', place: raw, work: BASE, job }),
      worker('raw, as many bytes', { rival: 'this project', place: long, work: AS_LONG, job }),
    ],
  });
}

/** Before anything is measured. */
export async function fill(
  place: Place,
  work: Work,
  messages: number,
  rival: RivalName = 'bare undici',
): Promise<void> {
  // Enough keys to spread them over all partitions alike.
  const task = {
    place,
    work: { ...work, keys: 10_000 },
    job: { type: 'put', length: { messages } },
  } as const;
  await using filler = await worker('filler', { rival, ...task }).open();
  await filler.turn();
}
