import { once } from 'node:events';

/** Writes, and waits when the reader of the pipe is slower: memory stays flat, and messages are not committed ahead. */
export async function drained(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
