import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openProducer } from '../../runtime/index.ts';
import { callControl, environmentOf, PRIMARY, SECONDARY, type Place } from './emulated.ts';
import { CONCURRENCY, sideBySide } from './rivals/rival.ts';
import { messageSource, type Message, type Work } from './work.ts';

/** How long to wait before the outbox is looked at again, in ms. */
const LOOK_MS = 2;

/** Calls `run` with a new directory, and deletes it. */
export async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'oci-ha-bench-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Puts messages on disk while no region takes any; what is measured begins and ends in `around`. */
export async function spool(
  place: Place,
  directory: string,
  work: Work,
  messages: number,
  around: (put: () => Promise<number>) => Promise<unknown>,
): Promise<void> {
  await setRegions(place, 'down');
  const producer = await openOutbox(place, directory);
  const next = messageSource(work);
  const batch = (): Message[] => Array.from({ length: work.batch }, next);
  await around(() =>
    sideBySide(
      (sent) => sent >= messages,
      async () => (await producer.sendBatch(batch())).length,
      2 * CONCURRENCY,
    ),
  );
  await producer.close({ withinMs: 0 });
  await setRegions(place, 'up');
}

/** A process that finds messages on disk, and sends them; what is measured begins when the first one is stored. */
export async function drain(
  place: Place,
  directory: string,
  around: (drained: () => Promise<number>) => Promise<unknown>,
): Promise<void> {
  const producer = await openOutbox(place, directory);
  const waiting = (): number => producer.stats().outbox?.messages ?? 0;
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  };
  const found = waiting();
  await until(() => waiting() < found);
  const left = waiting();
  await around(async () => {
    await until(() => waiting() === 0);
    return left;
  });
  await producer.close();
}

/** What the disk takes: as many bytes in as many writes, each of them synced. */
export async function writeFileOf(
  directory: string,
  { size, batch }: Work,
  messages: number,
): Promise<number> {
  await using file = await open(join(directory, 'raw'), 'w');
  const bytes = Buffer.alloc(size * batch, 'x');
  let written = 0;
  for (; written < messages; written += batch) {
    await file.write(bytes);
    await file.datasync();
  }
  return written;
}

function openOutbox(place: Place, directory: string) {
  return openProducer(
    {
      lanes: CONCURRENCY,
      outbox: 'always',
      outboxDirectory: join(directory, 'outbox'),
      acknowledge: 'disk',
    },
    {
      environment: { ...environmentOf(place), STREAM_PROPERTIES: join(directory, 'stream.properties') },
      directory,
    },
  );
}

/** Down: the primary can be found and takes no messages, the secondary cannot be reached. */
async function setRegions(place: Place, state: 'up' | 'down'): Promise<void> {
  const faults = { [PRIMARY]: { plane: 'data', status: 503 }, [SECONDARY]: { refuse: true } };
  for (const [region, fault] of Object.entries(faults)) {
    await callControl(place, 'PUT', `/faults/${region}`, state === 'up' ? [] : [fault]);
  }
}
