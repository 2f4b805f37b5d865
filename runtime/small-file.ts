import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';

import { systemClock, type Clock } from './clock.ts';

/** What a user names as a configuration, key, token or outputs file is far smaller. */
const MAX_SMALL_FILE_BYTES = 1024 * 1024;

const LEAST_ROOM_BYTES = 4_095;

/** For so long something has to be written to a pipe, as of `--config-file <(…)`, while the program does nothing else (ms). */
const SYNC_PATIENCE_MS = 5_000;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 10;

/**
 * The bytes of a file that the user names. Of a device or a pipe too, whose size is not known: bounded in length and in time, because
 * an open or a read that waits can be ended by nothing, a signal included.
 * @throws the system's error, or one that is a predicate: `whyUnreadable` words both.
 */
export function readSmallFile(path: string, patienceMs = SYNC_PATIENCE_MS): Uint8Array {
  const file = new SmallFile(path);
  try {
    const until = systemClock.now() + patienceMs;
    while (!file.read()) {
      if (systemClock.now() > until) throw silent(patienceMs);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    }
    return file.bytes;
  } finally {
    file.close();
  }
}

/** As `readSmallFile`, for what may take long to come: the output of a command. Rejects when `signal` aborts. */
export async function readSmallFileLater(
  path: string,
  { clock = systemClock, signal }: { clock?: Clock | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const file = new SmallFile(path);
  try {
    const until = clock.now() + PATIENCE_MS;
    while (!file.read()) {
      if (clock.now() > until) throw silent(PATIENCE_MS);
      await clock.sleep(LOOK_EVERY_MS, { signal });
    }
    return file.bytes;
  } finally {
    file.close();
  }
}

/** The text of a regular file, without a wait: for files of programs and of /proc. Empty when there is none, or it cannot be read. */
export function textOf(path: string): string {
  try {
    const file = new SmallFile(path);
    try {
      return file.isRegular && file.read() ? Buffer.from(file.bytes).toString() : '';
    } finally {
      file.close();
    }
  } catch {
    return '';
  }
}

/** The names in a directory, without a wait; none when it cannot be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  return code === undefined ? `it ${message}` : `it cannot be read (${code})`;
}

function silent(ms: number): Error {
  return new Error(`is a pipe to which nothing was written in ${ms / 1_000} s`);
}

class SmallFile {
  readonly isRegular: boolean;
  readonly #descriptor: number;
  #buffer: Buffer;
  #length = 0;
  /** A pipe ends before its writer has opened it, too: only the end after a first byte, or after EAGAIN, is one. */
  #hasWriter: boolean;

  constructor(path: string) {
    // Windows has no O_NONBLOCK, and no FIFOs in its file system.
    this.#descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(this.#descriptor);
    this.isRegular = stat.isFile();
    this.#hasWriter = !stat.isFIFO();
    // Files of /proc, pipes and devices have the size 0. One byte more shows the end.
    this.#buffer = Buffer.alloc(Math.min(Math.max(stat.size, LEAST_ROOM_BYTES), MAX_SMALL_FILE_BYTES) + 1);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Reads what is there; true at the end. */
  read(): boolean {
    for (;;) {
      let read: number;
      try {
        read = readSync(
          this.#descriptor,
          this.#buffer,
          this.#length,
          this.#buffer.length - this.#length,
          null,
        );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        this.#hasWriter = true;
        return false;
      }
      if (read === 0) return this.#hasWriter;
      this.#hasWriter = true;
      this.#length += read;
      if (this.#length > MAX_SMALL_FILE_BYTES)
        throw new Error(`is longer than ${MAX_SMALL_FILE_BYTES} bytes`);
      if (this.#length === this.#buffer.length) this.#grow();
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #grow(): void {
    const larger = Buffer.alloc(Math.min(2 * this.#length, MAX_SMALL_FILE_BYTES + 1));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
