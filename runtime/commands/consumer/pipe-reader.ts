import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether somebody still reads the pipe that is this process's standard output. A write tells that too, but only by giving
 * the next message away; so before messages are committed, Linux is asked (/proc).
 */
export class PipeReader {
  readonly #pipe: string | undefined;
  /** The open end of the reader that was found last. */
  #reader: string | undefined;

  constructor() {
    this.#pipe = fstatSync(1).isFIFO() ? linkOf('/proc/self/fd/1') : undefined;
  }

  /** Undefined: standard output is no pipe, or this machine does not tell. */
  get isPipe(): boolean {
    return this.#pipe !== undefined;
  }

  /** False only when it is certain that nobody reads. */
  isThere(): boolean {
    if (this.#pipe === undefined) return true;
    if (this.#reader !== undefined && linkOf(this.#reader) === this.#pipe) return true;
    const hadReader = this.#reader !== undefined;
    this.#reader = this.#find(this.#pipe);
    // A reader that was never seen can be another user's: only one that was seen can be seen to be gone.
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

/** The last octal digit of the flags is how it was opened: 0 to read, 1 to write, 2 both. */
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

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
