import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Environment } from './environment.ts';

export interface Invocation {
  /** For people: `producer`. */
  readonly name: string;
  /** As a user at the top of the repository would type it after `node`; blanks only between words. */
  readonly command: string;
  readonly directory: string;
  readonly environment: Environment;
  /** Each line of its standard output, and of its standard error. */
  readonly onOutput: (line: string) => void;
  readonly onLog?: (line: string) => void;
}

interface Ending {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The last line of its standard error. */
  readonly lastWords: string;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const LEASH = import.meta.resolve('./exit-with-parent.ts');
/** A program that was asked to end and has not after this is ended (ms). */
const PATIENCE_MS = 1_000;

/** A program that runs until its work is done or it is stopped; it dies with the demo. */
export class Program {
  readonly name: string;
  /** Resolves when it has ended and everything that it printed was heard. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #dismissed = false;
  #lastWords = '';

  constructor({ name, command, directory, environment, onOutput, onLog }: Invocation) {
    this.name = name;
    const [script = '', ...words] = command.split(' ');
    this.#child = spawn(process.execPath, ['--import', LEASH, join(REPOSITORY, script), ...words], {
      cwd: directory,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C is for the demo, which then ends its programs in order.
      detached: true,
      windowsHide: true,
    });
    // It may end before it has read what it was given: `ended` tells.
    this.#child.stdin?.on('error', () => {});
    hear(this.#child.stdout, onOutput);
    hear(this.#child.stderr, (line) => {
      this.#lastWords = line;
      onLog?.(line);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (exitCode) => resolve({ exitCode, lastWords: this.#lastWords }));
    });
  }

  /** Whether it was told to end: before that, an end is a failure. */
  get dismissed(): boolean {
    return this.#dismissed;
  }

  give(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Nothing more will be given: it finishes its work and ends. */
  finish(): Promise<Ending> {
    this.#dismissed = true;
    this.#child.stdin?.end();
    return this.ended;
  }

  /** Asks it to end, and ends it when it takes too long. */
  async stop(): Promise<Ending> {
    this.#dismissed = true;
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(impatience);
    }
  }
}

function hear(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
