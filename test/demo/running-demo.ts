import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

/** The demo as a process at the end of a pipe, with a directory of its own for temporary files. */
export class RunningDemo implements Disposable {
  readonly ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
  readonly #child: ChildProcess;
  readonly #temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));

  constructor(...flags: string[]) {
    // Settings of the caller that would lead every program astray.
    const env = {
      PATH: process.env['PATH'],
      TMPDIR: this.#temporary,
      OCI_PRIMARY_STREAM_NAME: 'of-the-caller',
      OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: 'http://127.0.0.1:9',
      SECONDARY_STREAM_OCID: 'of the caller',
      STREAM_PROPERTIES: '/nonexistent/stream.properties',
    };
    const child = spawn(process.execPath, [MAIN, ...flags], { env });
    const [stdout, stderr]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('close', (exitCode) =>
        resolve({ exitCode, stdout: stdout.join(''), stderr: stderr.join('') }),
      );
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Process ids of the programs that it has started and that still run. */
  programs(): number[] {
    return processes()
      .filter(({ parent }) => parent === this.#child.pid)
      .map(({ id }) => id);
  }

  /** What it and its programs have left in the directory for temporary files, but Node's own cache. */
  leftovers(): string[] {
    return readdirSync(this.#temporary).filter((name) => name !== 'node-compile-cache');
  }

  [Symbol.dispose](): void {
    this.kill('SIGKILL');
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}

export function areGone(ids: readonly number[]): boolean {
  return !processes().some(({ id }) => ids.includes(id));
}

function processes(): { id: number; parent: number }[] {
  const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return listing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state?.startsWith('Z') !== true)
    .map(([id, parent]) => ({ id: Number(id), parent: Number(parent) }));
}
