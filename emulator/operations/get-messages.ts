import {
  encodeCursor,
  CURSOR_LIFE_MS,
  type PartitionCursor,
  type StoredMessage,
  type Stream,
} from '../state/index.ts';
import { givenCursor } from './given-cursor.ts';
import { commit, nextGroupCursor, openSession, type GroupSession } from './group-session.ts';
import { liveStream, partitionOf } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';

/** "As many as possible": connectors report 1 MB an answer. (unconfirmed) */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_ANSWER_MESSAGES = 10_000;

export function getMessages(context: Context, request: Request<'GetMessages', 'streamId'>): Reply {
  const { now } = context;
  const stream = liveStream(context, request.path.streamId);
  const limit = request.query.limit ?? MAX_ANSWER_MESSAGES;
  const cursor = givenCursor(request.query.cursor, stream, now);
  return cursor.cursorType === 'partition'
    ? readPartition(stream, cursor, limit, now)
    : readGroup(stream, openSession(stream, cursor, now), limit, now);
}

function readPartition(stream: Stream, cursor: PartitionCursor, limit: number, now: number): Reply {
  const { log } = partitionOf(stream, cursor.partition);
  const from = positionOf(cursor, log);
  if (from < log.lostBefore) throw refusal.outsideRetention();
  const messages = log.read(from, limit, MAX_ANSWER_BYTES);
  const last = messages.at(-1);
  const next: PartitionCursor = {
    ...cursor,
    ...(last === undefined ? {} : { type: 'AfterOffset', offset: last.offset }),
    expiration: now + CURSOR_LIFE_MS,
  };
  return answer(stream, cursor.partition, messages, encodeCursor(next));
}

function positionOf(cursor: PartitionCursor, log: Stream['partitions'][number]): number {
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
 * In this order: the member is alive, what its last answer delivered is committed (if `commitOnGet`), its share is
 * looked at, and messages of one of its partitions are the answer.
 */
function readGroup(stream: Stream, session: GroupSession, limit: number, now: number): Reply {
  const { group, cursor } = session;
  const { instanceName, timeoutInMs, commitOnGet } = cursor;
  if (commitOnGet) commit(session);
  const uncommitted = new Map(commitOnGet ? [] : session.uncommitted);
  group.see(instanceName, timeoutInMs, now);
  group.rebalance(instanceName, new Set(uncommitted.keys()));

  for (const partition of group.inTurn(instanceName)) {
    const log = stream.partitions[partition]!;
    const delivered = uncommitted.get(partition);
    const from = Math.max(group.position(partition, log), delivered === undefined ? 0 : delivered + 1);
    if (from < log.lostBefore) throw refusal.outsideRetention();
    const messages = log.read(from, limit, MAX_ANSWER_BYTES);
    const last = messages.at(-1);
    if (last === undefined) continue;
    group.took(instanceName, partition);
    uncommitted.set(partition, last.offset);
    return answer(stream, String(partition), messages, nextGroupCursor(session, uncommitted, now));
  }
  return answer(stream, '', [], nextGroupCursor(session, uncommitted, now));
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
