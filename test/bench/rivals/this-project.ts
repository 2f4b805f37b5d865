import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openConsumer, openProducer } from '../../../runtime/index.ts';
import { environmentOf, type Place } from '../emulated.ts';
import { messageSource, type Work } from '../work.ts';
import { CONCURRENCY, READ_LIMIT, type OnRead, type Rival } from './rival.ts';

/** What the producer counts for a message besides its bytes. */
const OVERHEAD_BYTES = 1_024;

/** The library by its public functions, in its own defaults but for what the work says. */
export async function open(place: Place, work: Work): Promise<Rival> {
  const directory = await mkdtemp(join(tmpdir(), 'oci-ha-bench-'));
  const recordFile = join(directory, 'stream.properties');
  const context = { environment: { ...environmentOf(place), STREAM_PROPERTIES: recordFile }, directory };
  const next = messageSource(work);
  const bytes = work.size + 10;
  const producer = await openProducer(
    {
      lanes: CONCURRENCY,
      maxBatchMessages: work.batch,
      // As many as fill the requests of all lanes twice: more would only take memory.
      maxBufferBytes: 2 * CONCURRENCY * work.batch * (bytes + OVERHEAD_BYTES),
    },
    context,
  );
  let groups = 0;

  return {
    send: (message) => producer.send(message),
    async put(isOver) {
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
      while (!isOver()) {
        // To look at the clock for each message would be a part of the figure.
        for (let n = 0; n < CONCURRENCY; n++) {
          if (!producer.isWritable(bytes)) await producer.whenWritable(bytes);
          sent++;
          producer.send(next()).then(settle, fail);
        }
      }
      isLast = true;
      if (settled < sent) await done.promise;
      if (failure !== undefined) throw failure;
      return sent;
    },
    async read(onRead: OnRead) {
      const group = `this-project-${process.pid}-${groups++}`;
      const consumer = await openConsumer({ group, readLimit: READ_LIMIT }, context);
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
      await rm(directory, { recursive: true, force: true });
    },
  };
}
