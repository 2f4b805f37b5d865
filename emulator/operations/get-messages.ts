import { commit, nextGroupCursor, openSession } from './consumer-groups.ts';
import { givenCursor } from './cursors.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal, ServiceError } from './service-error.ts';
import { liveStream, partitionOf } from './streams.ts';
import { CURSOR_LIFE_MS, encodeCursor, type GroupCursor, type PartitionCursor } from '../state/cursor.ts';
import type { PartitionLog, StoredMessage } from '../state/partition-log.ts';
import type { Stream } from '../state/resources.ts';

/** "As many as possible": connectors report 1 MB an answer. (unconfirmed) */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_ANSWER_MESSAGES = 10_000;

export function getMessages(context: Context, request: Request<'GetMessages', 'streamId'>): Reply {
  const stream = liveStream(context, request.path.streamId);
  const limit = request.query.limit ?? MAX_ANSWER_MESSAGES;
  const cursor = givenCursor(request.query.cursor, stream, context.now);
  return cursor.cursorType === 'partition'
    ? readPartition(context, stream, cursor, limit)
    : readGroup(context, stream, cursor, limit);
}

function readPartition(context: Context, stream: Stream, cursor: PartitionCursor, limit: number): Reply {
  const { index, log } = partitionOf(stream, cursor.partition);
  const from = positionOf(cursor, log);
  if (from < log.lostBefore) throw refusal.outsideRetention();
  // The documentation counts reads per group only; that plain cursors count too is (unconfirmed).
  const rate = new ReadRate(context, stream, '');
  rate.check([index]);
  refuseAsAsked(context, index);
  const messages = log.read(from, limit, MAX_ANSWER_BYTES);
  rate.take(index, messages);
  const last = messages.at(-1);
  const next: PartitionCursor = {
    ...cursor,
    ...(last === undefined ? {} : { type: 'AfterOffset', offset: last.offset }),
    expiration: context.now + CURSOR_LIFE_MS,
  };
  return answer(stream, cursor.partition, messages, encodeCursor(next));
}

function positionOf(cursor: PartitionCursor, log: PartitionLog): number {
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
 * In this order: what the member's last answer delivered is committed (if `commitOnGet`), it is alive, its share is
 * looked at, and messages of one of its partitions are the answer.
 */
function readGroup(context: Context, stream: Stream, cursor: GroupCursor, limit: number): Reply {
  const { now } = context;
  const { instanceName, timeoutInMs, commitOnGet, groupName } = cursor;
  const session = openSession(stream, cursor, now);
  const { group } = session;
  if (commitOnGet) commit(session);
  const uncommitted = new Map(commitOnGet ? [] : session.uncommitted);
  group.see(instanceName, timeoutInMs, now);
  group.rebalance(instanceName, new Set(uncommitted.keys()));

  const rate = new ReadRate(context, stream, groupName);
  const readable = rate.check(group.inTurn(instanceName));
  for (const partition of readable) {
    const log = stream.partitions[partition]!;
    refuseAsAsked(context, partition, () => group.took(instanceName, partition));
    const delivered = uncommitted.get(partition);
    const from = Math.max(group.position(partition, log), delivered === undefined ? 0 : delivered + 1);
    if (from < log.lostBefore) throw refusal.outsideRetention();
    const messages = log.read(from, limit, MAX_ANSWER_BYTES);
    const last = messages.at(-1);
    if (last === undefined) continue;
    rate.take(partition, messages);
    group.took(instanceName, partition);
    uncommitted.set(partition, last.offset);
    return answer(stream, String(partition), messages, nextGroupCursor(session, uncommitted, now));
  }
  if (readable[0] !== undefined) rate.take(readable[0], []);
  return answer(stream, '', [], nextGroupCursor(session, uncommitted, now));
}

/** Whoever reads a group and is refused one partition finds the next one in turn. */
function refuseAsAsked({ refuseRead }: Context, partition: number, beforeThat?: () => void): void {
  const refused = refuseRead?.(partition);
  if (refused === undefined) return;
  beforeThat?.();
  throw new ServiceError(refused.status, refused.code, refused.message);
}

function answer(
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

/** How fast one group (`''` stands for plain cursors) reads the partitions of a stream. */
class ReadRate {
  readonly #context: Context;
  readonly #name: string;

  constructor(context: Context, stream: Stream, group: string) {
    this.#context = context;
    this.#name = `${stream.id} ${group}`;
  }

  /** Those of `partitions` that may be read now. Refuses the call when there are some, but none may. */
  check(partitions: readonly number[]): readonly number[] {
    const waits = partitions.map((partition) => this.#waitMs(partition));
    if (waits.length > 0 && !waits.includes(0)) throw refusal.tooMany('reads', Math.min(...waits));
    return partitions.filter((_, index) => waits[index] === 0);
  }

  /** Counts one read of `partition` that gave `messages`. */
  take(partition: number, messages: readonly StoredMessage[]): void {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    if (getsPerSecond < Infinity)
      region.throttle.take(`get ${this.#name} ${partition}`, 1, getsPerSecond, now);
    if (getBytesPerSecond === Infinity) return;
    let bytes = 0;
    for (const { key, value } of messages) bytes += (((key?.length ?? 0) + value.length) * 3) / 4;
    region.throttle.take(`out ${this.#name} ${partition}`, bytes, getBytesPerSecond, now);
  }

  #waitMs(partition: number): number {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    return Math.max(
      getsPerSecond === Infinity
        ? 0
        : region.throttle.wait(`get ${this.#name} ${partition}`, getsPerSecond, now),
      getBytesPerSecond === Infinity
        ? 0
        : region.throttle.wait(`out ${this.#name} ${partition}`, getBytesPerSecond, now),
    );
  }
}
