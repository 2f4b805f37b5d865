import { fstatSync, readlinkSync, write as writeToFile } from 'node:fs';

import { namesIn, textOf } from '../small-file.ts';

/** The size of one write to the system. */
const WRITE_BYTES = 64 * 1024;
/** Beyond this many bytes a writer has to wait. */
const MAX_WAITING_OUTPUT_BYTES = 256 * 1024;

type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * Standard output for bytes, in order, with back-pressure. What cannot be written any more (the reader is gone, the disk is
 * full) is never an exception: `lost` says why, and later bytes are dropped.
 */
export class StandardOutput {
  readonly #write: Write;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #pump: Promise<void> | undefined;
  #lost: NodeJS.ErrnoException | undefined;
  #onLost: (error: NodeJS.ErrnoException) => void = () => {};
  #wake: (() => void)[] = [];
  /** Runs before each write: a progress line on the same terminal has to be cleared first. */
  beforeWrite: () => void = () => {};

  constructor(write: Write = systemWrite()) {
    this.#write = write;
  }

  /** Why nothing can be written any more. */
  get lost(): NodeJS.ErrnoException | undefined {
    return this.#lost;
  }

  /** The reader ended the pipe, as `head` does when it has enough. */
  get readerIsGone(): boolean {
    return this.#lost?.code === 'EPIPE';
  }

  /** Bytes that the system has not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  set onLost(listener: (error: NodeJS.ErrnoException) => void) {
    this.#onLost = listener;
  }

  write(bytes: Uint8Array | string): void {
    if (this.#lost !== undefined) return;
    this.beforeWrite();
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    this.#pump ??= this.#writeAll();
  }

  /** Resolves when less than the limit waits to be written; undefined when that is so already. */
  whenRoom(): Promise<void> | undefined {
    if (this.#waitingBytes < MAX_WAITING_OUTPUT_BYTES) return undefined;
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Resolves when the system has taken everything, or never will. */
  async flushed(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  async #writeAll(): Promise<void> {
    // Chunks of one turn of the event loop share a call.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const chunk = this.#next();
      try {
        await this.#write(chunk);
      } catch (error) {
        this.#lose(error as NodeJS.ErrnoException);
      }
      this.#waitingBytes = Math.max(0, this.#waitingBytes - chunk.byteLength);
      if (this.#waitingBytes < MAX_WAITING_OUTPUT_BYTES) this.#wakeAll();
    }
    this.#pump = undefined;
  }

  #next(): Uint8Array {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < WRITE_BYTES)) {
      bytes += this.#waiting[count]?.byteLength ?? 0;
      count++;
    }
    const chunks = this.#waiting.splice(0, count);
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  #lose(error: NodeJS.ErrnoException): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#wakeAll();
    this.#onLost(error);
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Not Node's stream for a file: it ignores that the system took only a part of a write, as on a disk that gets full. */
function systemWrite(): Write {
  const stat = fstatSync(1);
  if (stat.isFile() || (stat.isCharacterDevice() && !process.stdout.isTTY)) return writeWhole;
  // Errors come by the callback of each write.
  process.stdout.on('error', () => {});
  return (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
}

async function writeWhole(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const from = at;
    at += await new Promise<number>((resolve, reject) => {
      writeToFile(1, bytes, from, bytes.byteLength - from, null, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }
}

/** Lines that wait for a reader who does not read are dropped beyond this many bytes, and counted. */
const MAX_WAITING_LOG_BYTES = 1024 * 1024;

/**
 * Standard error for lines. A reader that is gone, a full disk or a reader that does not read changes nothing but the log:
 * lines are dropped, and the number of dropped lines is told when there is room again.
 */
export class StandardError {
  readonly #stream: NodeJS.WriteStream;
  #dropped = 0;
  /** Runs before each write: a progress line has to be cleared first. */
  beforeWrite: () => void = () => {};
  /** The line that tells of dropped ones. */
  droppedLine: (count: number) => string = () => '';

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    // Without a listener, an error of the log would end the process.
    stream.on('error', () => {});
  }

  get stream(): NodeJS.WriteStream {
    return this.#stream;
  }

  /** Writes whole lines. */
  write(text: string): void {
    this.beforeWrite();
    if (this.#stream.writableLength > MAX_WAITING_LOG_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) this.#stream.write(this.droppedLine(this.#dropped));
    this.#dropped = 0;
    this.#stream.write(text);
  }
}

/**
 * Whether a process still reads the pipe that is our standard output. A failing write shows that too, but the message in
 * it is lost; so before messages are committed, /proc is searched (Linux only).
 */
export class PipeReader {
  readonly #pipe: string | undefined;
  /** The reader's file descriptor in /proc that was found last. */
  #reader: string | undefined;

  constructor() {
    this.#pipe = fstatSync(1).isFIFO() ? linkOf('/proc/self/fd/1') : undefined;
  }

  /** False: standard output is no pipe, or there is no /proc. */
  get isPipe(): boolean {
    return this.#pipe !== undefined;
  }

  /** False only when it is certain that no process reads. */
  isThere(): boolean {
    if (this.#pipe === undefined) return true;
    if (this.#reader !== undefined && linkOf(this.#reader) === this.#pipe) return true;
    const hadReader = this.#reader !== undefined;
    this.#reader = this.#find(this.#pipe);
    // Another user's processes are hidden: only of a reader that was found once is it known that it is gone.
    return this.#reader !== undefined || !hadReader;
  }

  #find(pipe: string): string | undefined {
    for (const pid of namesIn('/proc')) {
      if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
      for (const fd of namesIn(`/proc/${pid}/fd`)) {
        const path = `/proc/${pid}/fd/${fd}`;
        if (linkOf(path) === pipe && canRead(pid, fd)) return path;
      }
    }
    return undefined;
  }
}

/** The last octal digit of the flags is the access mode: 0 read, 1 write, 2 both (open(2)). */
function canRead(pid: string, fd: string): boolean {
  const [, flags] = /^flags:\s*(\d+)$/m.exec(textOf(`/proc/${pid}/fdinfo/${fd}`)) ?? [];
  return flags !== undefined && !flags.endsWith('1');
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
