import { closeSync, existsSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A removal writes to the log first: as much as the log takes before it is copied back, twice. */
const RESERVE_BYTES = 8 * 1_048_576;

/** Space on the disk that is freed when the disk is full, so that messages can be removed then. */
export class Reserve {
  readonly #file: string;
  readonly #bytes: number;

  constructor(directory: string, bytes = RESERVE_BYTES) {
    this.#file = join(directory, 'reserve');
    this.#bytes = bytes;
  }

  get exists(): boolean {
    return existsSync(this.#file);
  }

  /** Called before the first message and no earlier: an outbox that is never needed takes no space. */
  make(): void {
    if (this.exists) return;
    const partial = `${this.#file}.partial`;
    const descriptor = openSync(partial, 'w', 0o600);
    try {
      // Not zeros: a file system may compress those to nothing.
      const block = Buffer.alloc(1_048_576, 'reserve for removing messages when the disk is full. ');
      for (let size = 0; size < this.#bytes;) size += writeSync(descriptor, block);
      fsyncSync(descriptor);
    } catch (error) {
      unlinkSync(partial);
      throw error;
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, this.#file);
  }

  /** False: there is none. */
  free(): boolean {
    if (!this.exists) return false;
    unlinkSync(this.#file);
    return true;
  }
}
