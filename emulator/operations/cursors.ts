import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';
import { requireActiveStream, partitionOf } from './streams.ts';
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
  const stream = requireActiveStream(context, request.path.streamId);
  const { log } = partitionOf(stream, request.body.partition);
  const cursor: PartitionCursor = {
    cursorType: 'partition',
    ...startPosition(request.body, log),
    partition: request.body.partition,
    streamId: stream.id,
    expiration: context.now + CURSOR_LIFE_MS,
  };
  return { status: 200, body: { value: encodeCursor(cursor) } };
}

function startPosition(
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

/** The service refuses an offset below the oldest or above the latest one stored. */
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

/** The cursor of a call: decodable, of this stream, and not expired (`CURSOR_LIFE_MS`). */
export function checkedCursor(text: string, stream: Stream, now: number): Cursor {
  const cursor = decodeCursor(text);
  // That a cursor of another stream is refused is (unconfirmed).
  if (cursor === undefined || cursor.streamId !== stream.id) throw refusal.cursorInvalid();
  if (cursor.expiration < now) throw refusal.cursorExpired();
  return cursor;
}

/** Commits and heartbeats accept only group cursors. */
export function checkedGroupCursor(text: string, stream: Stream, now: number): GroupCursor {
  const cursor = checkedCursor(text, stream, now);
  if (cursor.cursorType !== 'group') throw refusal.cursorInvalid();
  return cursor;
}
