import { Worker } from 'node:worker_threads';

import { HaError } from '../errors.ts';
import type {
  KeyPage,
  OutboxRow,
  OutboxStore,
  OutboxTotals,
  PageLimits,
  StoreAnswer,
  StoreNews,
} from './outbox-store.ts';
import { isThere, slotsOf } from './places.ts';
import { packSegments, unpackSegments, type Segment } from './segment.ts';
import type { StoreReply, StoreRequest, WorkerStart } from './worker-protocol.ts';

/** Of the thread's heap. It works on pages that live for one request: V8 would let them grow to 48 MiB before it collects. */
const YOUNG_MIB = 6;

export interface OpenedStore {
  readonly store: OutboxStore;
  /** Where the messages are: a slot of the outbox. */
  readonly directory: string;
}

/**
 * Opens a store in a thread of its own, because SQLite waits for the disk. Undefined: no ended process left any messages
 * (`take: 'left'`, in an outbox of which this process has a slot).
 *
 * @throws HaError `OUTBOX`: the directory cannot be used, or another process has it.
 */
export async function openStore(
  start: WorkerStart,
  news: (news: StoreNews) => void,
): Promise<OpenedStore | undefined> {
  // A thread costs as much processor time as to send 30,000 messages, and idle producers look again and again.
  if (start.take === 'left' && (!isThere(start.directory) || slotsOf(start.directory).length === 1))
    return undefined;
  return await openInThread(start, news);
}

function openInThread(start: WorkerStart, news: (news: StoreNews) => void): Promise<OpenedStore | undefined> {
  return new Promise((resolve, reject) => {
    // As source and as package this file has another ending.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const program = new URL(`./store-worker.${ending}`, import.meta.url);
    // A thread has the flags of its process, and Node takes no file as its program with `--input-type`.
    const worker = new Worker(`import(${JSON.stringify(program.href)})`, {
      eval: true,
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    const refuse = (because: string): void => reject(new HaError('OUTBOX', `The outbox ${because}.`));
    let store: ThreadStore | undefined;
    worker.on('message', (reply: StoreReply) => {
      if (reply.type === 'news') news(reply.news);
      else if (reply.type === 'opened') {
        store = new ThreadStore(worker, reply.found);
        resolve({ store, directory: reply.directory });
      } else if (reply.type === 'none-left') resolve(undefined);
      else if (reply.type === 'refused') refuse(reply.because);
      else store?.take(reply);
    });
    const end = (because: string): void => {
      refuse(`${start.directory} cannot be opened: ${because}`);
      if (store?.end(because) === 'unexpected') news({ type: 'stopped', because });
    };
    worker.on('error', (error) => end(error.message));
    worker.on('exit', () => end('its thread ended'));
  });
}

type Answers = Extract<StoreReply, { readonly of: number }>;

class ThreadStore implements OutboxStore {
  readonly found: OutboxStore['found'];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Answers | StoreAnswer<never>) => void>();
  #requests = 0;
  /** The block of the last `append`. */
  #spare: ArrayBuffer | undefined;
  #ended: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, found: OutboxStore['found']) {
    this.#worker = worker;
    this.found = found;
    worker.unref();
  }

  append(rows: readonly OutboxRow[]): Promise<StoreAnswer<OutboxTotals>> {
    const packed = packSegments(rows, this.#spare);
    this.#spare = undefined;
    return this.#ask({ type: 'append', packed }, [packed.block]);
  }

  async read(after: number, limits: PageLimits): Promise<StoreAnswer<readonly OutboxRow[]>> {
    const answer = await this.#ask<readonly Segment[]>({ type: 'read', after, limits });
    return answer.type === 'done' ? { type: 'done', value: unpackSegments(answer.value) } : answer;
  }

  remove(sequences: readonly number[]): Promise<StoreAnswer<OutboxTotals>> {
    return this.#ask({ type: 'remove', sequences: Float64Array.from(sequences) });
  }

  setAside(sequences: readonly number[], because: string): Promise<StoreAnswer<OutboxTotals>> {
    return this.#ask({ type: 'set-aside', sequences: Float64Array.from(sequences), because });
  }

  keys(after: number, messages: number): Promise<StoreAnswer<KeyPage>> {
    return this.#ask({ type: 'keys', after, messages });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#ended !== undefined) {
        resolve();
        return;
      }
      this.#worker.ref();
      this.#worker.once('exit', () => resolve());
      this.#worker.postMessage({ type: 'close' } satisfies StoreRequest, []);
    });
    return this.#closing;
  }

  take(reply: Answers | { readonly type: 'closed' }): void {
    if (reply.type === 'closed') return;
    if (reply.type === 'totals') this.#spare = reply.block ?? this.#spare;
    this.#waiting.get(reply.of)?.(reply);
    this.#waiting.delete(reply.of);
    if (this.#waiting.size === 0 && this.#closing === undefined) this.#worker.unref();
  }

  /** The thread is gone. */
  end(because: string): 'expected' | 'unexpected' {
    const isFirst = this.#ended === undefined;
    this.#ended ??= because;
    for (const answer of this.#waiting.values()) answer({ type: 'stopped', because });
    this.#waiting.clear();
    return isFirst && this.#closing === undefined ? 'unexpected' : 'expected';
  }

  #ask<T>(request: StoreRequest, transfer: readonly ArrayBuffer[] = []): Promise<StoreAnswer<T>> {
    if (this.#ended !== undefined) return Promise.resolve({ type: 'stopped', because: this.#ended });
    return new Promise((resolve) => {
      this.#waiting.set(this.#requests++, (reply) => {
        resolve(('answer' in reply ? reply.answer : reply) as StoreAnswer<T>);
      });
      this.#worker.ref();
      this.#worker.postMessage(request, transfer);
    });
  }
}
