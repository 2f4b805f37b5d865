import type { IncomingMessage } from 'node:http';

/** Why there is no body to work with. */
export type NoBody = 'too large' | 'cut off';

/**
 * The body as text. Longer than `limit` bytes, it is not kept, and not waited for: the answer should close the
 * connection.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | NoBody> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) {
        chunks.push(chunk);
        return;
      }
      request.removeAllListeners('data').pause();
      resolve('too large');
    });
    request.on('end', () => {
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    });
    request.on('close', () => resolve('cut off'));
    request.on('error', () => resolve('cut off'));
  });
}
