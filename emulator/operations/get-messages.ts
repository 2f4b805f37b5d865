import { commit, nextGroupCursor, openSession } from './consumer-groups.ts';
import { checkedCursor } from './cursors.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal, ServiceError } from './service-error.ts';
import { requireActiveStream, partitionOf } from './streams.ts';
import { CURSOR_LIFE_MS, encodeCursor, type GroupCursor, type PartitionCursor } from '../state/cursor.ts';
import type { PartitionLog, StoredMessage } from '../state/partition-log.ts';
import type { Stream } from '../state/resources.ts';

/** The documentation says "as many as possible"; connectors report 1 MB per response. (unconfirmed) */
const MAX_REPLY_BYTES = 1024 * 1024;
const MAX_REPLY_MESSAGES = 10_000;

export function getMessages(context: Context, request: Request<'GetMessages', 'streamId'>): Reply {
  const stream = requireActiveStream(context, request.path.streamId);
  const limit = request.query.limit ?? MAX_REPLY_MESSAGES;
  const cursor = checkedCursor(request.query.cursor, stream, context.now);
  return cursor.cursorType === 'partition'
    ? readPartition(context, stream, cursor, limit)
    : readGroup(context, stream, cursor, limit);
}

function readPartition(context: Context, stream: Stream, cursor: PartitionCursor, limit: number): Reply {
  const { index, log } = partitionOf(stream, cursor.partition);
  const from = nextOffsetOf(cursor, log);
  if (from < log.lostBefore) throw refusal.outsideRetention();
  // The documentation limits reads per group. That the limit holds for partition cursors too is (unconfirmed).
  const rate = new ReadRate(context, stream, '');
  rate.check([index]);
  throwReadFault(context, index);
  const messages = log.read(from, limit, MAX_REPLY_BYTES);
  rate.take(index, messages);
  const last = messages.at(-1);
  const next: PartitionCursor = {
    ...cursor,
    ...(last === undefined ? {} : { type: 'AfterOffset', offset: last.offset }),
    expiration: context.now + CURSOR_LIFE_MS,
  };
  return messagesReply(stream, cursor.partition, messages, encodeCursor(next));
}

function nextOffsetOf(cursor: PartitionCursor, log: PartitionLog): number {
  switch (cursor.type) {
    case 'TrimHorizon':
      return log.lostBefore;
    case 'AtTime':
      return log.offsetAt(cursor.time ?? 0);
    case 'AfterOffset':
      return (cursor.offset ?? 0) + 1;
    case 'AtOffset':
    case 'Latest':
      return cursor.offset ?? 0;
  }
}

/**
 * In this order: commit the offsets in the cursor (if `commitOnGet`), record the heartbeat, rebalance, read from one of the member's
 * partitions.
 */
function readGroup(context: Context, stream: Stream, cursor: GroupCursor, limit: number): Reply {
  const { now } = context;
  const { instanceName, timeoutInMs, commitOnGet, groupName } = cursor;
  const session = openSession(stream, cursor, now);
  const { group } = session;
  if (commitOnGet) commit(session);
  const uncommitted = new Map(commitOnGet ? [] : session.uncommitted);
  group.recordHeartbeat(instanceName, timeoutInMs, now);
  group.rebalance(instanceName, new Set(uncommitted.keys()));

  const rate = new ReadRate(context, stream, groupName);
  const readable = rate.check(group.readOrder(instanceName));
  for (const partition of readable) {
    const log = stream.partitions[partition]!;
    throwReadFault(context, partition, () => group.recordRead(instanceName, partition));
    const delivered = uncommitted.get(partition);
    const from = Math.max(group.position(partition, log), delivered === undefined ? 0 : delivered + 1);
    if (from < log.lostBefore) throw refusal.outsideRetention();
    const messages = log.read(from, limit, MAX_REPLY_BYTES);
    const last = messages.at(-1);
    if (last === undefined) continue;
    rate.take(partition, messages);
    group.recordRead(instanceName, partition);
    uncommitted.set(partition, last.offset);
    return messagesReply(stream, String(partition), messages, nextGroupCursor(session, uncommitted, now));
  }
  if (readable[0] !== undefined) rate.take(readable[0], []);
  return messagesReply(stream, '', [], nextGroupCursor(session, uncommitted, now));
}

/** A group's next read continues with the next partition, so that one faulty partition does not block the others. */
function throwReadFault({ refuseRead }: Context, partition: number, beforeThrow?: () => void): void {
  const refused = refuseRead?.(partition);
  if (refused === undefined) return;
  beforeThrow?.();
  throw new ServiceError(refused.status, refused.code, refused.message);
}

function messagesReply(
  stream: Stream,
  partition: string,
  messages: readonly StoredMessage[],
  nextCursor: string,
): Reply {
  return {
    status: 200,
    headers: { 'opc-next-cursor': nextCursor },
    body: messages.map(({ key, value, offset, timestamp }) => ({
      stream: stream.name,
      partition,
      key,
      value,
      offset,
      timestamp: new Date(timestamp).toISOString(),
    })),
  };
}

/** The read limits of one group on the partitions of a stream. Group `''` is all partition cursors together. */
class ReadRate {
  readonly #context: Context;
  readonly #name: string;

  constructor(context: Context, stream: Stream, group: string) {
    this.#context = context;
    this.#name = `${stream.id} ${group}`;
  }

  /** The partitions that may be read now. Throws 429 if there are partitions, but none may be read. */
  check(partitions: readonly number[]): readonly number[] {
    const waits = partitions.map((partition) => this.#waitMs(partition));
    if (waits.length > 0 && !waits.includes(0)) throw refusal.tooMany('reads', Math.min(...waits));
    return partitions.filter((_, index) => waits[index] === 0);
  }

  /** Counts one read. */
  take(partition: number, messages: readonly StoredMessage[]): void {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    if (getsPerSecond < Infinity)
      region.rateLimiter.take(`get ${this.#name} ${partition}`, 1, getsPerSecond, now);
    if (getBytesPerSecond === Infinity) return;
    let bytes = 0;
    for (const { key, value } of messages) bytes += (((key?.length ?? 0) + value.length) * 3) / 4;
    region.rateLimiter.take(`out ${this.#name} ${partition}`, bytes, getBytesPerSecond, now);
  }

  #waitMs(partition: number): number {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    return Math.max(
      getsPerSecond === Infinity
        ? 0
        : region.rateLimiter.waitMs(`get ${this.#name} ${partition}`, getsPerSecond, now),
      getBytesPerSecond === Infinity
        ? 0
        : region.rateLimiter.waitMs(`out ${this.#name} ${partition}`, getBytesPerSecond, now),
    );
  }
}
