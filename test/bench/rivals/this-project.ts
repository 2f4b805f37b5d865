import { join } from 'node:path';

import { openConsumer, openProducer, type StreamProducer } from '../../../runtime/index.ts';
import { environmentOf, type Place } from '../emulated.ts';
import { newDirectory } from '../../support/in-directory.ts';
import { batchSource, messageSource, type Message, type Work } from '../work.ts';
import { CONCURRENCY, READ_LIMIT, sideBySide, type IsOver, type OnRead, type Rival } from './rival.ts';

/** What the producer counts for a message besides its value: a KiB, the key, an envelope. */
const OVERHEAD_BYTES = 2_048;

/** Batches on their way: as many as fill the requests of all lanes twice. More would only take memory. */
const BATCHES = 2 * CONCURRENCY;

/** The library by its public functions, in its own defaults but for what the work says. */
export async function open(place: Place, work: Work): Promise<Rival> {
  const { directory, remove } = newDirectory();
  const recordFile = join(directory, 'stream.properties');
  const context = { environment: { ...environmentOf(place), STREAM_PROPERTIES: recordFile }, directory };
  const next = messageSource(work);
  const nextBatch = batchSource(work);
  const { size, batch, envelope = false, ownPromises = false } = work;
  const producer = await openProducer(
    {
      lanes: CONCURRENCY,
      maxBatchMessages: batch,
      maxBufferBytes: BATCHES * batch * (size + OVERHEAD_BYTES),
      envelope,
    },
    context,
  );
  let groups = 0;

  return {
    send: (message) => producer.send(message),
    put: (isOver) =>
      ownPromises
        ? putEach(producer, next, isOver)
        : sideBySide(isOver, async () => (await producer.sendBatch(nextBatch())).length, BATCHES),
    async read(onRead: OnRead) {
      const group = `this-project-${process.pid}-${groups++}`;
      const consumer = await openConsumer({ group, readLimit: READ_LIMIT, envelope }, context);
      const enough = new AbortController();
      let messages = 0;
      let bytesRead = 0;
      const endRead = async (): Promise<void> => {
        const isWanted = bytesRead === 0 || (await onRead(messages));
        messages = 0;
        if (!isWanted) enough.abort();
      };
      await consumer.run(
        (message) => {
          messages++;
          bytesRead += message.value.length;
          return message.endsRead ? endRead() : undefined;
        },
        { signal: enough.signal },
      );
      await consumer.close();
    },
    async [Symbol.asyncDispose]() {
      await producer.close();
      remove();
    },
  };
}

/** As a program does that learns of its messages one by one. */
async function putEach(producer: StreamProducer, next: () => Message, isOver: IsOver): Promise<number> {
  let sent = 0;
  let settled = 0;
  let isLast = false;
  let failure: unknown;
  const done = Promise.withResolvers<void>();
  const settle = (): void => {
    settled++;
    if (isLast && settled === sent) done.resolve();
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    settle();
  };
  while (!isOver(sent)) {
    // To look at the clock for each message would be a part of the figure.
    for (let n = 0; n < CONCURRENCY; n++) {
      if (!producer.isWritable()) await producer.whenWritable();
      sent++;
      producer.send(next()).then(settle, fail);
    }
  }
  isLast = true;
  if (settled < sent) await done.promise;
  if (failure !== undefined) throw failure;
  return sent;
}
