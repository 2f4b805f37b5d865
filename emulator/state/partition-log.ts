import { decodedBytes } from './base64.ts';

/** Key and value stay base64, as they were sent and will be read. */
export interface StoredMessage {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** Columns instead of objects, so that a message takes only its strings and numbers. */
interface Segment {
  readonly offsets: number[];
  readonly keys: (string | null)[];
  readonly values: string[];
  readonly timestamps: number[];
  /** Decoded bytes of key and value. */
  readonly sizes: number[];
}

const SEGMENT_LENGTH = 1024;

/**
 * The messages of one partition, oldest first. Offsets grow, with gaps. `lostBefore` tells whether retention removed messages at a
 * position, or whether there never were any.
 */
export class PartitionLog {
  readonly #segments: Segment[] = [];
  /** Of the whole region. */
  readonly #memoryUse: MemoryUse;
  /** How many messages at the start of the first segment were removed. */
  #skipped = 0;
  #nextOffset = 0;
  #lastTimestamp = 0;
  #count = 0;
  #bytes = 0;
  #lostBefore = 0;

  constructor(memoryUse: MemoryUse) {
    this.#memoryUse = memoryUse;
  }

  /** The log as it was saved. */
  static restored(
    memoryUse: MemoryUse,
    messages: Iterable<StoredMessage>,
    nextOffset: number,
    lostBefore: number,
  ): PartitionLog {
    const log = new PartitionLog(memoryUse);
    for (const { offset, key, value, timestamp } of messages) {
      const size = (key === null ? 0 : decodedBytes(key)) + decodedBytes(value);
      log.append(key, value, size, timestamp, offset - log.#nextOffset);
    }
    log.#nextOffset = Math.max(log.#nextOffset, nextOffset);
    log.#lostBefore = lostBefore;
    return log;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Messages below this offset were removed by retention. */
  get lostBefore(): number {
    return this.#lostBefore;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The offsets of the first and the last message, if there are any. */
  range(): { readonly oldest: number; readonly latest: number } | undefined {
    if (this.#count === 0) return undefined;
    return {
      oldest: this.#segments[0]!.offsets[this.#skipped]!,
      latest: this.#segments.at(-1)!.offsets.at(-1)!,
    };
  }

  /** Leaves a gap of `skip` offsets before the message. Returns the message's offset. */
  append(key: string | null, value: string, size: number, at: number, skip = 0): number {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.offsets.length === SEGMENT_LENGTH) {
      segment = { offsets: [], keys: [], values: [], timestamps: [], sizes: [] };
      this.#segments.push(segment);
    }
    const offset = this.#nextOffset + skip;
    // The binary search by time needs timestamps that never decrease, even if the clock is set back.
    this.#lastTimestamp = Math.max(this.#lastTimestamp, at);
    segment.offsets.push(offset);
    segment.keys.push(key);
    segment.values.push(value);
    segment.timestamps.push(this.#lastTimestamp);
    segment.sizes.push(size);
    this.#nextOffset = offset + 1;
    this.#count += 1;
    this.#bytes += size;
    this.#memoryUse.add(size);
    return offset;
  }

  /** Messages from offset `from` on: at most `limit` of them and `maxBytes` (decoded), but at least one message. */
  read(from: number, limit: number, maxBytes = Infinity): StoredMessage[] {
    const messages: StoredMessage[] = [];
    let bytes = 0;
    let [at, index] = this.#find('offsets', from);
    for (; at < this.#segments.length; at++, index = 0) {
      const { offsets, keys, values, timestamps, sizes } = this.#segments[at]!;
      for (; index < offsets.length; index++) {
        bytes += sizes[index]!;
        if (messages.length >= limit || (bytes > maxBytes && messages.length > 0)) return messages;
        messages.push({
          offset: offsets[index]!,
          key: keys[index]!,
          value: values[index]!,
          timestamp: timestamps[index]!,
        });
      }
    }
    return messages;
  }

  /** The newest `count` messages, oldest first. */
  last(count: number): StoredMessage[] {
    let from = this.#nextOffset;
    let left = count;
    for (const { offsets } of this.#segments.toReversed()) {
      from = offsets[Math.max(0, offsets.length - left)]!;
      left -= offsets.length;
      if (left <= 0) break;
    }
    return this.read(from, count);
  }

  /** The offset of the first message stored at or after `time`; the next offset if there is none. */
  offsetAt(time: number): number {
    const [at, index] = this.#find('timestamps', time);
    return this.#segments[at]?.offsets[index] ?? this.#nextOffset;
  }

  /** Removes the messages stored before `time`. */
  expire(time: number): void {
    this.#removeWhile((timestamp) => timestamp < time);
  }

  /** Removes the oldest `count` messages. */
  drop(count: number): void {
    const keep = this.#count - count;
    this.#removeWhile(() => this.#count > keep);
  }

  #removeWhile(isRemoved: (timestamp: number) => boolean): void {
    while (this.#count > 0) {
      const { offsets, timestamps, sizes } = this.#segments[0]!;
      if (!isRemoved(timestamps[this.#skipped]!)) return;
      this.#lostBefore = offsets[this.#skipped]! + 1;
      this.#bytes -= sizes[this.#skipped]!;
      this.#memoryUse.remove(sizes[this.#skipped]!);
      this.#count -= 1;
      this.#skipped += 1;
      if (this.#skipped === offsets.length) {
        this.#segments.shift();
        this.#skipped = 0;
      }
    }
  }

  /** Segment and index of the first message whose value in the column is at least `wanted`. */
  #find(column: 'offsets' | 'timestamps', wanted: number): [segment: number, index: number] {
    const at = firstIndex(this.#segments.length, (index) => this.#segments[index]![column].at(-1)! >= wanted);
    const values = this.#segments[at]?.[column];
    if (values === undefined) return [at, 0];
    const index = firstIndex(values.length, (position) => values[position]! >= wanted);
    return [at, at === 0 ? Math.max(index, this.#skipped) : index];
  }
}

/** Binary search: the first of `length` indexes for which `holds` is true. It must be true for all later indexes. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Memory of one message beside its bytes: two strings, two numbers. */
const MESSAGE_OVERHEAD_BYTES = 120;

/** An estimate of the memory that the messages of a region take. The partitions update it with each message. */
export class MemoryUse {
  #messages = 0;
  /** Decoded. */
  #bytes = 0;

  add(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }

  /** Messages are stored as base64, which takes 4/3 of the decoded bytes. */
  get bytes(): number {
    return (this.#bytes * 4) / 3 + this.#messages * MESSAGE_OVERHEAD_BYTES;
  }
}
