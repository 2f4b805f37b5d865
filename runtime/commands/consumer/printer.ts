import type { Clock } from '../../clock.ts';
import type { ConsumedMessage } from '../../consumer/index.ts';
import { PipeReader, type StandardOutput } from '../standard-streams.ts';
import type { Format } from './message-format.ts';

/** The reader of a pipe is checked after each of so many messages (`head` takes ten), and then after each read. */
const WATCHED_MESSAGES = 10;
/** How long the reader of a pipe has to take a message and, as `head` does, to go (ms). */
const READER_MS = 50;

interface PrinterParts {
  readonly stdout: StandardOutput;
  readonly clock: Clock;
  readonly format: Format;
  /** Aborts when the read ends: a reader of standard output that does not read is not waited for then. */
  readonly ending: AbortSignal;
}

/** Prints messages on standard output. Of a pipe it knows whether its reader was there to take them. */
export class MessagePrinter {
  readonly #parts: PrinterParts;
  readonly #pipe = new PipeReader();
  #printed = 0;
  /** Messages written to a pipe since its reader was last found alive. */
  #unverified = 0;

  constructor(parts: PrinterParts) {
    this.#parts = parts;
  }

  /** Whether the reader of the pipe was still there after the last message. */
  get isAllVerified(): boolean {
    return this.#unverified === 0;
  }

  /** False only when it is certain that no process reads the pipe. */
  isReaderThere(): boolean {
    return this.#pipe.isThere();
  }

  /** False: the read ended, or standard output was lost, before the message was written. */
  async print(message: ConsumedMessage): Promise<boolean> {
    const { stdout, format } = this.#parts;
    stdout.write(format(message));
    await this.#writtenOrEnded();
    if (stdout.lost !== undefined || stdout.waitingBytes > 0) return false;
    this.#printed++;
    if (this.#pipe.isPipe) this.#unverified++;
    return true;
  }

  /** Looks for the reader of the pipe before messages are committed as read: false when it is gone. `isLast`: no message comes after this one for now. */
  async verify(isLast: boolean): Promise<boolean> {
    if (this.#unverified === 0) return true;
    const isWatched = this.#printed <= WATCHED_MESSAGES;
    if (!isWatched && !isLast) return true;
    await this.#parts.clock.sleep(READER_MS);
    const isThere = this.#pipe.isThere();
    // Checked after each message: a reader that is gone now has read this one.
    if (isThere || isWatched) this.#unverified = 0;
    return isThere;
  }

  #writtenOrEnded(): Promise<void> {
    const { stdout, ending } = this.#parts;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const onAbort = (): void => end();
    ending.addEventListener('abort', onAbort, { once: true });
    return Promise.race([stdout.flushed(), ended]).finally(() =>
      ending.removeEventListener('abort', onAbort),
    );
  }
}
