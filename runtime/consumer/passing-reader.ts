import type { Clock } from '../clock.ts';
import {
  idleSpacingMs,
  readFault,
  readSpacingMs,
  type CallFailure,
  type ReadHealth,
  type ReadStep,
} from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import {
  answerOf,
  type Answer,
  type PartitionPosition,
  type Region,
  type StoredMessage,
  type StreamRef,
} from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';
import type { Deduplicator } from './deduplicator.ts';
import { guardedCalls, type ReadCalls } from './read-calls.ts';
import { ReadingHealth } from './reading-health.ts';

/** Where reading begins in each partition. `last`: the number of messages before the end. */
export type StartAt = PartitionPosition | { readonly last: number };

/** A stream, and the number of its partitions. */
export interface PartitionedStream {
  readonly stream: StreamRef;
  readonly partitions: number;
}

export interface PassingParts {
  readonly role: Role;
  readonly region: Region;
  /** Finds its stream; undefined while it is not known. Called until it is known. */
  readonly locate: (signal: AbortSignal) => Promise<Answer<PartitionedStream | undefined>>;
  /** Undefined: all. */
  readonly partitions: readonly string[] | undefined;
  readonly startAt: StartAt;
  /** True: a refusal of this region ends reading with an error; false: it is an event. */
  readonly isActive: boolean;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly signal: AbortSignal;
  /** The same for all readers; undefined: not in envelope mode. */
  readonly deduplicator?: Deduplicator | undefined;
}

interface ReadPartition {
  readonly partition: string;
  cursor: string | undefined;
  /** The offset of the last message that was delivered. */
  delivered: number | undefined;
  /** The time when its first cursor was created, in milliseconds since 1970. */
  startedAt: number | undefined;
  /** Retention has removed messages after `delivered`. */
  overtaken: boolean;
}

type PlaceRead =
  | { readonly type: 'messages'; readonly messages: readonly StoredMessage[] }
  | { readonly type: 'failure'; readonly step: ReadStep; readonly failure: CallFailure };

const OPERATIONS = { locate: 'GetStream', cursor: 'CreateCursor', read: 'GetMessages' } as const;

/** Reads a stream without a group, with one cursor per partition. It commits nothing and takes no partition from a group's member. */
export class PassingReader {
  readonly #parts: PassingParts;
  readonly #calls: ReadCalls;
  readonly #health: ReadingHealth;
  #stream: StreamRef | undefined;
  #isAbsent = false;
  #places: readonly ReadPartition[] = [];
  #turn = 0;
  #empties = 0;
  /** The earliest moment of the next read. */
  #nextAt = -Infinity;

  constructor(parts: PassingParts) {
    this.#parts = parts;
    this.#calls = guardedCalls(parts.region);
    this.#health = new ReadingHealth({ ...parts, region: this.region });
  }

  get role(): Role {
    return this.#parts.role;
  }

  get region(): string {
    return this.#parts.region.name;
  }

  get isLocated(): boolean {
    return this.#stream !== undefined;
  }

  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  get health(): ReadHealth {
    return this.#health.now;
  }

  /**
   * The next messages of one partition; empty when there are none yet, and after the signal has aborted.
   *
   * @throws HaError when the active region refuses to be read; `CONFIG` when a wanted partition does not exist.
   */
  async next(): Promise<readonly ConsumedMessage[]> {
    const { clock, signal, settings } = this.#parts;
    const waitMs = this.#nextAt - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, { signal }).catch(() => {});
    if (signal.aborted) return [];
    const readAt = clock.now();
    if (this.#stream === undefined) {
      const failure = await this.#locate();
      if (failure !== undefined) return this.#failed('locate', failure);
    }
    const place = this.#places[this.#turn % this.#places.length];
    if (this.#stream === undefined || place === undefined) {
      this.#nextAt = readAt + settings.standbyPollMs;
      return [];
    }
    const read = await this.#read(this.#stream, place);
    if (read.type === 'failure') return this.#failed(read.step, read.failure, place);
    const { messages } = read;
    this.#turn++;
    this.#empties = messages.length === 0 ? this.#empties + 1 : 0;
    const count = this.#places.length;
    const idleMs = idleSpacingMs(this.#empties, count, settings.idlePollMs);
    this.#nextAt = readAt + Math.max(readSpacingMs(count), idleMs);
    this.#health.answered();
    const origin = { region: this.region, role: this.role, stream: this.#stream.ocid };
    return this.#opened(origin, messages);
  }

  /** Nothing is committed here, so a message is handled when it is given. */
  #opened(origin: Origin, messages: readonly StoredMessage[]): readonly ConsumedMessage[] {
    const { deduplicator } = this.#parts;
    const last = messages.length - 1;
    if (deduplicator === undefined) {
      return messages.map((message, index) => new ConsumedMessage(origin, message, index === last));
    }
    const opened: ConsumedMessage[] = [];
    messages.forEach((stored, index) => {
      const message = deduplicator.open(origin, stored, index === last);
      if (message === undefined) return;
      deduplicator.handled(message);
      opened.push(message);
    });
    return opened;
  }

  async #locate(): Promise<CallFailure | undefined> {
    const { locate, signal, partitions } = this.#parts;
    const located = await answerOf(() => locate(signal), signal);
    if (!located.ok) return located.failure;
    this.#isAbsent = located.value === undefined;
    if (located.value === undefined) return undefined;
    const all = Array.from({ length: located.value.partitions }, (_, index) => String(index));
    const unknown = partitions?.find((partition) => !all.includes(partition));
    if (unknown !== undefined) {
      const range = all.length === 1 ? 'there is only 0' : `there are 0 to ${all.length - 1}`;
      throw new HaError('CONFIG', `partition ${unknown} is not in the stream of ${this.region}: ${range}`);
    }
    this.#places = (partitions ?? all).map((partition) => ({
      partition,
      cursor: undefined,
      delivered: undefined,
      startedAt: undefined,
      overtaken: false,
    }));
    this.#stream = located.value.stream;
    return undefined;
  }

  async #read(stream: StreamRef, place: ReadPartition): Promise<PlaceRead> {
    const { settings, signal, clock, emit } = this.#parts;
    if (place.cursor === undefined) {
      const created = await this.#cursor(stream, place);
      if (!created.ok) return { type: 'failure', step: 'cursor', failure: created.failure };
      place.cursor = created.value;
      place.startedAt ??= clock.wall();
    }
    const reply = await this.#calls.read(stream, place.cursor, { limit: settings.readLimit, signal });
    if (!reply.ok) return { type: 'failure', step: 'read', failure: reply.failure };
    const { messages, nextCursor } = reply.value;
    place.cursor = nextCursor;
    if (place.overtaken) {
      const from = place.delivered === undefined ? undefined : place.delivered + 1;
      const first = messages[0]?.offset;
      const to = first === undefined ? undefined : first - 1;
      emit({ type: 'gap', region: this.region, partition: place.partition, from, to });
      place.overtaken = false;
    }
    place.delivered = messages.at(-1)?.offset ?? place.delivered;
    return { type: 'messages', messages };
  }

  #cursor(stream: StreamRef, place: ReadPartition): Promise<Answer<string>> {
    const { startAt, signal } = this.#parts;
    const { partition, delivered, startedAt } = place;
    const from = (position: PartitionPosition): Promise<Answer<string>> =>
      this.#calls.partitionCursor(stream, partition, position, { signal });
    if (place.overtaken) return from('TRIM_HORIZON');
    if (delivered !== undefined) return from({ afterOffset: delivered });
    if (typeof startAt === 'object' && 'last' in startAt) {
      return this.#cursorBeforeEnd(stream, partition, startAt.last);
    }
    // A second LATEST would skip the messages that came after the first.
    if (startAt === 'LATEST' && startedAt !== undefined)
      return from({ time: new Date(startedAt).toISOString() });
    return from(startAt);
  }

  /** The service does not tell the end offset, so this reads the partition to its end once, and keeps only offsets. */
  async #cursorBeforeEnd(stream: StreamRef, partition: string, count: number): Promise<Answer<string>> {
    const { settings, clock, signal } = this.#parts;
    const latest: number[] = [];
    const created = await this.#calls.partitionCursor(stream, partition, 'TRIM_HORIZON', { signal });
    if (!created.ok) return created;
    let cursor = created.value;
    for (;;) {
      const reply = await this.#calls.read(stream, cursor, { limit: settings.readLimit, signal });
      if (!reply.ok) return reply;
      cursor = reply.value.nextCursor;
      for (const { offset } of reply.value.messages) latest.push(offset);
      latest.splice(0, latest.length - count);
      await clock.sleep(readSpacingMs(1), { signal }).catch(() => {});
      if (reply.value.messages.length === 0 || signal.aborted) break;
    }
    const [first] = latest;
    if (first === undefined) return { ok: true, value: cursor };
    return this.#calls.partitionCursor(stream, partition, { atOffset: first }, { signal });
  }

  /** @throws HaError when the active region refuses to be read. */
  #failed(step: ReadStep, failure: CallFailure, place?: ReadPartition): readonly ConsumedMessage[] {
    const { clock, emit, isActive: active } = this.#parts;
    const fault = readFault(failure, step);
    const { error, pauseMs, event } = this.#health.failed({
      operation: OPERATIONS[step],
      fault,
      failure,
      active,
    });
    this.#nextAt = clock.now() + pauseMs;
    if (place !== undefined && (fault === 'cursor' || fault === 'retention')) {
      place.cursor = undefined;
      place.overtaken ||= fault === 'retention';
    }
    if (this.health.type === 'refused' && this.health.final && active) throw error;
    if (event !== undefined) emit(event);
    return [];
  }
}

type Taken =
  | { readonly reader: PassingReader; readonly messages: readonly ConsumedMessage[] }
  | { readonly error: unknown };

/** The messages of all readers, as they come, until `signal` aborts. A reader reads on when its messages are taken. */
export async function* readInPassing(
  readers: readonly PassingReader[],
  signal: AbortSignal,
): AsyncGenerator<ConsumedMessage, void, undefined> {
  // As a value: a rejection that comes after the end would be unhandled.
  const read = (reader: PassingReader): Promise<Taken> =>
    reader.next().then(
      (messages) => ({ reader, messages }),
      (error: unknown) => ({ error }),
    );
  const reading = new Map(readers.map((reader) => [reader, read(reader)]));
  while (!signal.aborted) {
    const taken = await Promise.race(reading.values());
    if ('error' in taken) throw taken.error;
    for (const message of taken.messages) {
      if (signal.aborted) return;
      yield message;
    }
    reading.set(taken.reader, read(taken.reader));
  }
}
