import type { IncomingMessage } from 'node:http';

/** Why there is no body to work with. */
type NoBody = 'too large' | 'no room' | 'cut off';

/**
 * A body that is too large is read on to its end, up to so much, and dropped: an answer to somebody who still sends is
 * lost when the connection closes on what nobody read.
 */
const DROPPED_BYTES = 64 * 2 ** 20;

/** What the bodies of calls that are under way take together. Beyond it, a body is not kept: memory stays bounded. */
export class BodyRoom {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Whether there was room; what was taken has to be given back. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * The body, at most `limit` bytes of it. It takes its place in `room` piece by piece, and is to be given back by its length;
 * where there is no body, nothing is.
 */
export function readBody(request: IncomingMessage, limit: number, room: BodyRoom): Promise<Buffer | NoBody> {
  if (Number(request.headers['content-length'] ?? 0) > limit + DROPPED_BYTES)
    return Promise.resolve('too large');
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let kept = 0;
    let length = 0;
    let dropped: NoBody | undefined;
    const drop = (why: NoBody): void => {
      dropped ??= why;
      chunks = [];
      room.giveBack(kept);
      kept = 0;
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (dropped === undefined && length > limit) drop('too large');
      if (dropped === undefined && !room.take(chunk.length)) drop('no room');
      if (dropped === undefined) {
        chunks.push(chunk);
        kept += chunk.length;
      } else if (length > limit + DROPPED_BYTES) {
        request.removeAllListeners('data').pause();
        resolve(dropped);
      }
    });
    request.on('end', () => {
      resolve(dropped ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    });
    const cutOff = (): void => {
      // After the end this is the end of the connection, and the body is somebody else's to give back.
      if (!request.readableEnded) drop('cut off');
      resolve('cut off');
    };
    request.on('close', cutOff);
    request.on('error', cutOff);
  });
}
