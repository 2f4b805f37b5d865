import { decodeCursor, type Cursor, type GroupCursor, type Stream } from '../state/index.ts';
import { refusal } from './service-error.ts';

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
