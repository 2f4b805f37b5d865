import type { Clock } from '../clock.ts';
import {
  afterReadFailure,
  idlePauseMs,
  NOT_READ_YET,
  readFault,
  readSpacingMs,
  type CallFailure,
  type ReadHealth,
} from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { PartitionStart, StoredMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { ConsumedMessage } from './consumed-message.ts';
import type { ConsumedRegion, ConsumedStream } from './consumed-region.ts';
import { readNews } from './read-news.ts';
import { readRefusal } from './read-refusal.ts';

/** Where reading begins in each partition. `last`: so many messages before the end. */
export type StartAt = PartitionStart | { readonly last: number };

interface PassingParts {
  readonly consumed: ConsumedRegion;
  /** Undefined: all of them. */
  readonly partitions: readonly string[] | undefined;
  readonly startAt: StartAt;
  /** It is an error, and not only news, when this region refuses to be read. */
  readonly isActive: boolean;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly signal: AbortSignal;
}

/** Reads a stream in passing: without a group, with a cursor of its own per partition. It commits nothing and disturbs nobody. */
export class PassingReader {
  readonly #parts: PassingParts;
  #stream: ConsumedStream | undefined;
  #partitions: readonly string[] = [];
  readonly #cursors = new Map<string, string>();
  /** The offset of the last message that was given, by partition. */
  readonly #given = new Map<string, number>();
  #health: ReadHealth = NOT_READ_YET;
  #turn = 0;
  #empties = 0;
  #pauseMs = 0;

  constructor(parts: PassingParts) {
    this.#parts = parts;
  }

  get role(): Role {
    return this.#parts.consumed.role;
  }

  get region(): string {
    return this.#parts.consumed.region.name;
  }

  get isLocated(): boolean {
    return this.#stream !== undefined;
  }

  get health(): ReadHealth {
    return this.#health;
  }

  /** The next messages of one partition; empty when there are none yet. @throws HaError when the active region refuses to be read. */
  async next(): Promise<readonly ConsumedMessage[]> {
    const { clock, signal, settings } = this.#parts;
    if (this.#pauseMs > 0) await clock.sleep(this.#pauseMs, { signal }).catch(() => {});
    if (signal.aborted) return [];
    try {
      const stream = await this.#located();
      if (stream === undefined) {
        this.#pauseMs = settings.standbyPollMs;
        return [];
      }
      const partition = this.#partitions[this.#turn % this.#partitions.length] ?? '0';
      const messages = await this.#read(stream, partition);
      this.#turn++;
      this.#empties = messages.length === 0 ? this.#empties + 1 : 0;
      const spacing = readSpacingMs(this.#partitions.length);
      const pause = idlePauseMs(this.#empties, this.#partitions.length, settings.idlePollMs);
      this.#pauseMs = Math.max(spacing, pause);
      this.#health = { state: 'answering', at: clock.now() };
      const origin = { region: this.region, role: this.role, stream: stream.ocid };
      return messages.map((message) => new ConsumedMessage(origin, message));
    } catch (error) {
      if (signal.aborted) return [];
      if (!(error instanceof CallError)) throw error;
      this.#failed(error);
      return [];
    }
  }

  async #located(): Promise<ConsumedStream | undefined> {
    if (this.#stream !== undefined) return this.#stream;
    const { consumed, signal, partitions } = this.#parts;
    const stream = await consumed.locate(signal);
    if (stream === undefined) return undefined;
    const all = Array.from({ length: stream.partitions }, (_, index) => String(index));
    const unknown = partitions?.find((partition) => !all.includes(partition));
    if (unknown !== undefined && stream.partitions > 1) {
      const range = `there are 0 to ${stream.partitions - 1}`;
      throw new HaError('CONFIG', `--partition ${unknown} is not in the stream of ${this.region}: ${range}.`);
    }
    this.#partitions = partitions ?? all;
    this.#stream = stream;
    return stream;
  }

  async #read(stream: ConsumedStream, partition: string): Promise<readonly StoredMessage[]> {
    const { consumed, settings, signal } = this.#parts;
    const cursor = this.#cursors.get(partition) ?? (await this.#cursor(stream, partition));
    const reply = await consumed.region.read(stream, cursor, { limit: settings.readLimit, signal });
    this.#cursors.set(partition, reply.nextCursor);
    const last = reply.messages.at(-1);
    if (last !== undefined) this.#given.set(partition, last.offset);
    return reply.messages;
  }

  async #cursor(stream: ConsumedStream, partition: string): Promise<string> {
    const { consumed, startAt, signal } = this.#parts;
    const given = this.#given.get(partition);
    if (given !== undefined) {
      return consumed.region.partitionCursor(stream, partition, { afterOffset: given }, { signal });
    }
    if (typeof startAt === 'object' && 'last' in startAt)
      return this.#beforeTheEnd(stream, partition, startAt.last);
    return consumed.region.partitionCursor(stream, partition, startAt, { signal });
  }

  /** The service tells no end offset, so the partition is read to its end once; only offsets are remembered. */
  async #beforeTheEnd(stream: ConsumedStream, partition: string, count: number): Promise<string> {
    const { consumed, settings, clock, signal } = this.#parts;
    const { region } = consumed;
    const latest: number[] = [];
    let cursor = await region.partitionCursor(stream, partition, 'TRIM_HORIZON', { signal });
    for (;;) {
      const reply = await region.read(stream, cursor, { limit: settings.readLimit, signal });
      cursor = reply.nextCursor;
      latest.push(...reply.messages.map(({ offset }) => offset));
      latest.splice(0, latest.length - count);
      if (reply.messages.length === 0) break;
      await clock.sleep(readSpacingMs(1), { signal });
    }
    const [first] = latest;
    if (first === undefined) return cursor;
    return region.partitionCursor(stream, partition, { offset: first }, { signal });
  }

  #failed(error: CallError): void {
    const { settings, clock, emit, consumed, isActive: active } = this.#parts;
    const { failure } = error;
    const step = this.#stream === undefined ? 'locate' : this.#cursors.size === 0 ? 'cursor' : 'read';
    const fault = readFault(failure, step);
    const times = { now: clock.now(), wallMs: clock.wall(), chance: clock.random() };
    const before = this.#health;
    const { health, pauseMs } = afterReadFailure(before, { fault, failure, active, ...times }, settings);
    this.#health = health;
    this.#pauseMs = pauseMs;
    // A new cursor is made behind what was given.
    this.#cursors.clear();
    if (fault === 'retention') this.#given.clear();
    const told = health.state === 'refused' ? readRefusal(error, consumed) : error;
    if (health.state === 'refused' && active) throw told;
    const { role, region } = this;
    const news = readNews({
      region,
      role,
      active,
      fault,
      failure: failure satisfies CallFailure,
      error: told,
      before,
      after: health,
      pauseMs,
    });
    if (news !== undefined) emit(news);
  }
}

/** What these readers give, in the order in which it comes, until `signal` aborts. */
export async function* readInPassing(
  readers: readonly PassingReader[],
  signal: AbortSignal,
): AsyncGenerator<ConsumedMessage, void, undefined> {
  const read = async (
    reader: PassingReader,
  ): Promise<{ reader: PassingReader; messages: readonly ConsumedMessage[] }> => ({
    reader,
    messages: await reader.next(),
  });
  const reading = new Map(readers.map((reader) => [reader, read(reader)]));
  while (!signal.aborted) {
    const { reader, messages } = await Promise.race(reading.values());
    for (const message of messages) {
      if (signal.aborted) return;
      yield message;
    }
    reading.set(reader, read(reader));
  }
}
