import type { Receipt } from '../../runtime/index.ts';
import { callControl, createStream, PRIMARY, type Place } from './emulated.ts';
import type { Sample } from './comparison.ts';
import { inDirectory } from '../support/in-directory.ts';
import type { IsOver, OpenRival, Rival } from './rivals/rival.ts';
import { quantile } from './statistics.ts';
import { measure, residentMiB, stopwatch, withStalls } from './stopwatch.ts';
import { messageSource, type Message, type Work } from './work.ts';

const RIVALS = {
  'this project': './rivals/this-project.ts',
  'plain SDK': './rivals/plain-sdk.ts',
  'bare undici': './rivals/bare.ts',
} as const;

export type RivalName = keyof typeof RIVALS;

export const RIVAL_NAMES = Object.keys(RIVALS) as RivalName[];

/** How long a turn is: in time, or in messages, so that a busy machine changes the time only. */
type Length = { readonly ms: number } | { readonly messages: number };

/** What a worker does in each turn. */
export type Job =
  /** One message after another, each awaited. */
  | { readonly type: 'send'; readonly length: Length }
  /** At full speed. */
  | { readonly type: 'put'; readonly length: Length; readonly withStalls?: boolean }
  /** From the beginning of the stream, until so many are read. A handler takes `handlerMs` for each read. */
  | { readonly type: 'get'; readonly messages: number; readonly handlerMs?: number }
  /** At full speed, and read meanwhile. */
  | { readonly type: 'both'; readonly length: Length; readonly partitions: number }
  /** Messages at a steady pace. */
  | { readonly type: 'latency'; readonly perSecond: number; readonly forMs: number }
  /** From the start of the process to the first receipt. */
  | { readonly type: 'start-up' }
  /** From the last receipt of a region that fails to the first one of the other. */
  | { readonly type: 'failover'; readonly fault: object }
  /** Onto disk while no region takes messages; as a file, what the disk takes at most; and from disk to a region. */
  | { readonly type: 'spool' | 'write-file' | 'drain'; readonly messages: number }
  | BacklogJob;

/** Messages that lie on disk from process to process: written by one that ends, found by another, sent by a third. */
export interface BacklogJob {
  readonly type: 'leave-backlog' | 'find-backlog' | 'send-backlog';
  readonly directory: string;
  readonly messages: number;
}

export interface Task {
  readonly rival: RivalName;
  readonly place: Place;
  readonly work: Work;
  readonly job: Job;
}

/** Opens the rival. A call of what it gives is a turn. */
export async function openJob({ rival: name, place, work, job }: Task): Promise<() => Promise<Sample>> {
  if (job.type === 'spool' || job.type === 'drain' || job.type === 'write-file') {
    return outboxTurn(place, work, job);
  }
  if (job.type === 'leave-backlog' || job.type === 'find-backlog' || job.type === 'send-backlog') {
    const { backlogTurn } = await import('./backlog-jobs.ts');
    return backlogTurn(place, work, job);
  }
  const importAt = performance.now();
  const { open } = (await import(RIVALS[name])) as { open: OpenRival };
  const importMs = performance.now() - importAt;
  if (job.type === 'both') {
    const { length, partitions } = job;
    let turns = 0;
    // What earlier turns put must not be read: a stream a turn.
    return async () => {
      const fresh = await createStream(place, `both-${process.pid}-${turns++}`, partitions);
      await using rival = await open(fresh, work);
      return await both(rival, length);
    };
  }
  const rival = await open(place, work);
  switch (job.type) {
    case 'send': {
      const next = messageSource(work);
      return () =>
        measure(async () => {
          const isOver = limitOf(job.length);
          let sent = 0;
          for (; !isOver(sent); sent++) await rival.send(next());
          return sent;
        });
    }
    case 'put':
      return () => {
        const put = (): Promise<Sample> => measure(() => rival.put(limitOf(job.length)));
        return job.withStalls === true ? withStalls(put) : put();
      };
    case 'get':
      return () => get(rival, job.messages, job.handlerMs);
    case 'latency': {
      const next = messageSource(work);
      return () => latency(() => rival.send(next()), job);
    }
    case 'start-up': {
      await rival.send(messageSource(work)());
      const sample = { importMs, ...sinceStart() };
      return () => Promise.resolve(sample);
    }
    case 'failover': {
      const next = messageSource(work);
      const fail = (): Promise<unknown> => callControl(place, 'PUT', `/faults/${PRIMARY}`, job.fault);
      return () => failover(() => rival.send(next()), fail);
    }
  }
}

function sinceStart(): Sample {
  const { user, system } = process.cpuUsage();
  // `performance` counts from the start of the process.
  const firstReceiptMs = performance.now();
  return { firstReceiptMs, cpuMs: (user + system) / 1_000, residentMiB: residentMiB() };
}

function limitOf(length: Length): IsOver {
  if ('messages' in length) return (sent) => sent >= length.messages;
  const dueAt = performance.now() + length.ms;
  return () => performance.now() >= dueAt;
}

/** Each turn has a directory of its own. */
async function outboxTurn(
  place: Place,
  work: Work,
  { type, messages }: Extract<Job, { type: 'spool' | 'write-file' | 'drain' }>,
): Promise<() => Promise<Sample>> {
  // Not in a process that measures a rival: its memory is in the figures.
  const { drain, spool, writeFileOf } = await import('./outbox-jobs.ts');
  return () =>
    inDirectory(async (directory) => {
      if (type === 'write-file')
        return withStalls(() => measure(() => writeFileOf(directory, work, messages)));
      let sample: Sample = {};
      const measured = async (run: () => Promise<number>): Promise<void> => {
        sample = await withStalls(() => measure(run));
      };
      const next = messageSource(work);
      const nextBatch = (): Message[] => Array.from({ length: work.batch }, next);
      const batches = messages / work.batch;
      await spool(place, directory, { batches, nextBatch }, type === 'spool' ? measured : (run) => run());
      if (type === 'drain') await drain(place, directory, measured);
      return sample;
    });
}

/** From the first read, which opens everything, to the one that brings the last message. */
async function get(rival: Rival, wanted: number, handlerMs = 0): Promise<Sample> {
  let stop: ((messages: number) => Sample) | undefined;
  let first = 0;
  let messages = 0;
  await rival.read(async (read) => {
    if (handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, handlerMs));
    messages += read;
    if (stop === undefined) {
      first = read;
      stop = stopwatch();
    }
    return messages < wanted;
  });
  if (stop === undefined) throw new Error('nothing was read');
  return stop(messages - first);
}

/** Until all is read that was put. */
async function both(rival: Rival, length: Length): Promise<Sample> {
  return measure(async () => {
    let total = Infinity;
    let read = 0;
    const reading = rival.read((messages) => (read += messages) < total);
    total = (await rival.put(limitOf(length))) + 1;
    // All may be read already: one more, so that the reader looks at the number again.
    await rival.send({ key: 'last', value: Buffer.from('last') });
    await reading;
    return total;
  });
}

/**
 * From when a message was due, not from when it was sent: where the process is late, its messages are. The wait turns in
 * circles, because a timer has a grain of 1 ms.
 */
async function latency(
  send: () => Promise<unknown>,
  job: Extract<Job, { type: 'latency' }>,
): Promise<Sample> {
  const waits: number[] = [];
  const sends: Promise<void>[] = [];
  const startedAt = performance.now();
  const total = (job.perSecond * job.forMs) / 1_000;
  for (let n = 0; n < total; n++) {
    const dueAt = startedAt + (n * 1_000) / job.perSecond;
    while (performance.now() < dueAt) await new Promise((resolve) => setImmediate(resolve));
    sends.push(send().then(() => void waits.push(performance.now() - dueAt)));
  }
  await Promise.all(sends);
  return { p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) };
}

/** Messages before the outage, so that there is a last receipt. */
const BEFORE = 200;

/** A message each millisecond, until the other region has stored one. */
async function failover(send: () => Promise<unknown>, fail: () => Promise<unknown>): Promise<Sample> {
  const sends: Promise<void>[] = [];
  let lastAt = performance.now();
  let gapMs: number | undefined;
  const note = (receipt: unknown): void => {
    if ((receipt as Receipt).region === PRIMARY) lastAt = performance.now();
    else gapMs ??= performance.now() - lastAt;
  };
  for (let n = 0; gapMs === undefined; n++) {
    if (n === BEFORE) await fail();
    sends.push(send().then(note));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
  return { gapMs };
}
