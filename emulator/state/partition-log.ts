import { decodedBytes } from './base64.ts';

/** One message as it is kept: key and value stay base64, as they came and as they go. */
export interface StoredMessage {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** Columns, not objects: a message costs its two strings and two numbers. */
interface Segment {
  readonly offsets: number[];
  readonly keys: (string | null)[];
  readonly values: string[];
  readonly timestamps: number[];
  /** Decoded bytes of each message, key and value. */
  readonly sizes: number[];
}

const SEGMENT_LENGTH = 1024;

/**
 * The messages of one partition, oldest first. Offsets grow but need not be dense. What retention removes is gone:
 * `lostBefore` tells a position that was overtaken from one that is merely at the start.
 */
export class PartitionLog {
  readonly #segments: Segment[] = [];
  /** Of the region. */
  readonly #stored: StoredTotal;
  /** How many messages at the start of the first segment are gone. */
  #skipped = 0;
  #nextOffset = 0;
  #lastTimestamp = 0;
  #count = 0;
  #bytes = 0;
  #lostBefore = 0;

  constructor(stored: StoredTotal) {
    this.#stored = stored;
  }

  /** As it was: `messages` were put in before, and the marks stood where they stood. */
  static restored(
    stored: StoredTotal,
    messages: Iterable<StoredMessage>,
    nextOffset: number,
    lostBefore: number,
  ): PartitionLog {
    const log = new PartitionLog(stored);
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

  /** Positions below this one were removed by retention. */
  get lostBefore(): number {
    return this.#lostBefore;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Offsets of the first and the last message kept, if there are any. */
  range(): { readonly oldest: number; readonly latest: number } | undefined {
    if (this.#count === 0) return undefined;
    return {
      oldest: this.#segments[0]!.offsets[this.#skipped]!,
      latest: this.#segments.at(-1)!.offsets.at(-1)!,
    };
  }

  /** `skip` leaves a gap of so many offsets before the message. Returns its offset. */
  append(key: string | null, value: string, size: number, at: number, skip = 0): number {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.offsets.length === SEGMENT_LENGTH) {
      segment = { offsets: [], keys: [], values: [], timestamps: [], sizes: [] };
      this.#segments.push(segment);
    }
    const offset = this.#nextOffset + skip;
    // Times never go back inside a partition, whatever the clock does: searching by time relies on it.
    this.#lastTimestamp = Math.max(this.#lastTimestamp, at);
    segment.offsets.push(offset);
    segment.keys.push(key);
    segment.values.push(value);
    segment.timestamps.push(this.#lastTimestamp);
    segment.sizes.push(size);
    this.#nextOffset = offset + 1;
    this.#count += 1;
    this.#bytes += size;
    this.#stored.add(size);
    return offset;
  }

  /** Messages from offset `from` on: at most `limit`, and at most `maxBytes` decoded, but at least one. */
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

  /** The newest messages, at most `count`, oldest of them first. */
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

  /** Offset of the first message stored at or after `time`; the next offset when there is none yet. */
  offsetAt(time: number): number {
    const [at, index] = this.#find('timestamps', time);
    return this.#segments[at]?.offsets[index] ?? this.#nextOffset;
  }

  /** Removes what was stored before `time`. */
  expire(time: number): void {
    this.#removeWhile((timestamp) => timestamp < time);
  }

  /** Removes the oldest `count` messages. */
  drop(count: number): void {
    const keep = this.#count - count;
    this.#removeWhile(() => this.#count > keep);
  }

  #removeWhile(goes: (timestamp: number) => boolean): void {
    while (this.#count > 0) {
      const { offsets, timestamps, sizes } = this.#segments[0]!;
      if (!goes(timestamps[this.#skipped]!)) return;
      this.#lostBefore = offsets[this.#skipped]! + 1;
      this.#bytes -= sizes[this.#skipped]!;
      this.#stored.remove(sizes[this.#skipped]!);
      this.#count -= 1;
      this.#skipped += 1;
      if (this.#skipped === offsets.length) {
        this.#segments.shift();
        this.#skipped = 0;
      }
    }
  }

  /** Segment and index of the first message whose column is at least `wanted`. */
  #find(column: 'offsets' | 'timestamps', wanted: number): [segment: number, index: number] {
    const at = firstIndex(this.#segments.length, (index) => this.#segments[index]![column].at(-1)! >= wanted);
    const values = this.#segments[at]?.[column];
    if (values === undefined) return [at, 0];
    const index = firstIndex(values.length, (position) => values[position]! >= wanted);
    return [at, at === 0 ? Math.max(index, this.#skipped) : index];
  }
}

/** Binary search: the first of `length` indexes for which `holds`, which never turns false again once true. */
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

/** What a message costs beside its bytes: two strings, two numbers. */
const MESSAGE_OVERHEAD_BYTES = 120;

/** What the messages of a region take in memory, roughly: kept by the partitions, so that nobody has to add them up. */
export class StoredTotal {
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

  /** They are kept as base64, which is 4/3 of them. */
  get inMemory(): number {
    return (this.#bytes * 4) / 3 + this.#messages * MESSAGE_OVERHEAD_BYTES;
  }
}
