import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { openProducer, type AnyReceipt, type StreamProducer } from '../../runtime/index.ts';
import { callControl, environmentOf, PRIMARY, SECONDARY, type Place } from './emulated.ts';
import { CONCURRENCY, sideBySide } from './rivals/rival.ts';
import type { Message, Work } from './work.ts';

/** How long to wait before the outbox is looked at again, in ms. */
const LOOK_MS = 2;

/** One batch is being written while the other one is made. */
const SENDERS = 2;

/** Batches that are put on disk before it is measured: then the program is compiled, and its memory has grown. */
const WARM_UP = 50;

/** Puts `batches` on disk while no region takes any; what is measured begins and ends in `around`. */
export async function spool(
  place: Place,
  directory: string,
  { batches, nextBatch }: { readonly batches: number; readonly nextBatch: () => readonly Message[] },
  around: (put: () => Promise<number>) => Promise<unknown>,
): Promise<void> {
  await setRegions(place, 'down');
  const producer = await openOutbox(place, directory);
  const put = (count: number): Promise<number> => {
    let left = count;
    return sideBySide(
      () => left-- <= 0,
      async () => (await producer.sendBatch(nextBatch())).length,
      SENDERS,
    );
  };
  const warmUp = Math.min(WARM_UP, Math.floor(batches / 10));
  await put(warmUp);
  await around(() => put(batches - warmUp));
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
  const found = waitingIn(producer);
  const left = await untilFewer(producer, found);
  await around(async () => {
    await untilFewer(producer, 1);
    return left;
  });
  await producer.close();
}

/** Messages in its outbox. */
export function waitingIn(producer: StreamProducer<AnyReceipt>): number {
  return producer.stats().outbox?.messages ?? 0;
}

/** Resolves when fewer than so many messages wait in its outbox, with their number. */
export async function untilFewer(producer: StreamProducer<AnyReceipt>, messages: number): Promise<number> {
  while (waitingIn(producer) >= messages) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  return waitingIn(producer);
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

/** A producer whose outbox in `directory` takes any number of messages. */
export function openOutbox(place: Place, directory: string): Promise<StreamProducer<AnyReceipt>> {
  return openProducer(
    {
      lanes: CONCURRENCY,
      outbox: 'always',
      outboxDirectory: join(directory, 'outbox'),
      maxOutboxBytes: 2 ** 40,
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
