import type { IncomingMessage } from 'node:http';

/** Why there is no body. */
export type BodyFailure = 'too large' | 'out of memory' | 'cut off';

/**
 * The rest of a body that is too large is read and dropped, up to this many bytes. If the server closed the connection while the client
 * still sends, the client would not get the answer.
 */
const DROPPED_BYTES = 64 * 2 ** 20;

/** The memory for the bodies of all calls in progress. A body that does not fit is dropped, so that memory stays bounded. */
export class ByteBudget {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Reserves the bytes and returns true, or returns false if they do not fit. Reserved bytes must be released. */
  reserve(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * The body, if it has at most `limit` bytes. Its length stays reserved in `budget`: the caller releases it. Without a body nothing stays
 * reserved.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  budget: ByteBudget,
): Promise<Buffer | BodyFailure> {
  if (Number(request.headers['content-length'] ?? 0) > limit + DROPPED_BYTES)
    return Promise.resolve('too large');
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let kept = 0;
    let length = 0;
    let dropped: BodyFailure | undefined;
    const drop = (why: BodyFailure): void => {
      dropped ??= why;
      chunks = [];
      budget.release(kept);
      kept = 0;
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (dropped === undefined && length > limit) drop('too large');
      if (dropped === undefined && !budget.reserve(chunk.length)) drop('out of memory');
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
      // After 'end' the body belongs to the caller, who releases it.
      if (!request.readableEnded) drop('cut off');
      resolve('cut off');
    };
    request.on('close', cutOff);
    request.on('error', cutOff);
  });
}
