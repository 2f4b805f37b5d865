import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Environment } from './environment.ts';

export interface Invocation {
  /** The name in messages, for example `producer`. */
  readonly name: string;
  /** The words after `node`, as a user would type them in the repository's root. Words contain no blanks. */
  readonly command: string;
  readonly directory: string;
  readonly environment: Environment;
  /** Receives each line of standard output; `onLog` each line of standard error. */
  readonly onOutput: (line: string) => void;
  readonly onLog?: (line: string) => void;
}

interface ProgramExit {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  /** The last line of standard error. */
  readonly lastErrorLine: string;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const EXIT_WITH_PARENT = import.meta.resolve('./exit-with-parent.js');
/** A program that is still running so long after SIGTERM gets SIGKILL (ms). */
const STOP_TIMEOUT_MS = 1_000;

/** A program that runs until its work is done or it is stopped. It also ends when the demo ends, for whatever reason. */
export class Program {
  readonly name: string;
  /** Resolves after the program has ended and all its output was read. */
  readonly ended: Promise<ProgramExit>;
  readonly #child: ChildProcess;
  #stopRequested = false;
  #lastErrorLine = '';

  constructor({ name, command, directory, environment, onOutput, onLog }: Invocation) {
    this.name = name;
    const [script = '', ...words] = command.split(' ');
    this.#child = spawn(
      process.execPath,
      ['--import', EXIT_WITH_PARENT, join(REPOSITORY, script), ...words],
      {
        cwd: directory,
        env: environment,
        stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
        // A process group of its own: Ctrl-C goes to the demo, which then ends its programs in order.
        detached: true,
        windowsHide: true,
      },
    );
    // Writing fails if the program has already ended. `ended` reports that.
    this.#child.stdin?.on('error', () => {});
    forEachLine(this.#child.stdout, onOutput);
    forEachLine(this.#child.stderr, (line) => {
      this.#lastErrorLine = line;
      onLog?.(line);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (exitCode) => resolve({ exitCode, lastErrorLine: this.#lastErrorLine }));
    });
  }

  /** Whether it was told to end. Without that, its end is a failure. */
  get stopRequested(): boolean {
    return this.#stopRequested;
  }

  writeLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Closes standard input: the program finishes its work and ends. */
  endInput(): Promise<ProgramExit> {
    this.#stopRequested = true;
    this.#child.stdin?.end();
    return this.ended;
  }

  /** Ends it at once, as a power failure does: it cannot do anything about it. */
  kill(): Promise<ProgramExit> {
    this.#stopRequested = true;
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** Sends SIGTERM, and SIGKILL if the program does not end in time. */
  async stop(): Promise<ProgramExit> {
    this.#stopRequested = true;
    this.#child.kill('SIGTERM');
    const killTimer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killTimer);
    }
  }
}

/** A child that could not be started has no streams; `ended` reports that. */
function forEachLine(stream: NodeJS.ReadableStream | null | undefined, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
