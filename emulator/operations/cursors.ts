import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';
import { liveStream, partitionOf } from './streams.ts';
import {
  type Cursor,
  CURSOR_LIFE_MS,
  decodeCursor,
  encodeCursor,
  type GroupCursor,
  type PartitionCursor,
} from '../state/cursor.ts';
import type { PartitionLog } from '../state/partition-log.ts';
import type { Stream } from '../state/resources.ts';

export function createCursor(context: Context, request: Request<'CreateCursor', 'streamId'>): Reply {
  const stream = liveStream(context, request.path.streamId);
  const { log } = partitionOf(stream, request.body.partition);
  const cursor: PartitionCursor = {
    cursorType: 'partition',
    ...startOf(request.body, log),
    partition: request.body.partition,
    streamId: stream.id,
    expiration: context.now + CURSOR_LIFE_MS,
  };
  return { status: 200, body: { value: encodeCursor(cursor) } };
}

function startOf(
  details: Request<'CreateCursor'>['body'],
  log: PartitionLog,
): Pick<PartitionCursor, 'type' | 'offset' | 'time'> {
  switch (details.type) {
    case 'TRIM_HORIZON':
      return { type: 'TrimHorizon' };
    case 'LATEST':
      return { type: 'Latest', offset: log.nextOffset };
    case 'AT_TIME':
      if (details.time === undefined) throw refusal.missing('time');
      return { type: 'AtTime', time: details.time };
    case 'AT_OFFSET':
      return { type: 'AtOffset', offset: storedOffset(details.offset, log) };
    case 'AFTER_OFFSET':
      return { type: 'AfterOffset', offset: storedOffset(details.offset, log) };
  }
}

/** The offset has to lie between the oldest and the latest one stored. */
function storedOffset(offset: number | undefined, log: PartitionLog): number {
  if (offset === undefined) throw refusal.missing('offset');
  const range = log.range();
  if (range === undefined) throw refusal.invalid(`offset: ${offset} is out of range, the partition is empty`);
  if (offset < range.oldest || offset > range.latest) {
    throw refusal.invalid(
      `offset: ${offset} is out of range, it must be between ${range.oldest} and ${range.latest}`,
    );
  }
  return offset;
}

/** The cursor that a call came with: readable, of this stream, and not older than its 5 minutes. */
export function givenCursor(text: string, stream: Stream, now: number): Cursor {
  const cursor = decodeCursor(text);
  // That a cursor of another stream is refused is (unconfirmed).
  if (cursor === undefined || cursor.streamId !== stream.id) throw refusal.cursorInvalid();
  if (cursor.expiration < now) throw refusal.cursorExpired();
  return cursor;
}

/** Commits and heartbeats take cursors of groups only. */
export function givenGroupCursor(text: string, stream: Stream, now: number): GroupCursor {
  const cursor = givenCursor(text, stream, now);
  if (cursor.cursorType !== 'group') throw refusal.cursorInvalid();
  return cursor;
}
