import {
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

import type { Clock } from '../../clock.ts';
import { HaError } from '../../errors.ts';
import type { Note } from '../../log/log.ts';

/** Lines of one reason that come within this time are told together (ms). */
const TOGETHER_MS = 250;

export interface Place {
  /** The name of the source. */
  readonly source: string;
  readonly line: number;
}

/** Tells which lines were not stored and why: `lines 3-9, 12 of standard input: not stored: …`. Lines of one reason are told together. */
export class LinesNotStored {
  readonly #clock: Clock;
  readonly #note: (note: Note) => void;
  /** By source and reason. */
  #groups = new Map<string, { readonly source: string; readonly reason: string; readonly lines: number[] }>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, note: (note: Note) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  add({ source, line }: Place, reason: string): void {
    const name = `${source}\n${reason}`;
    const group = this.#groups.get(name) ?? { source, reason, lines: [] };
    group.lines.push(line);
    this.#groups.set(name, group);
    this.#cancel ??= this.#clock.after(TOGETHER_MS, () => this.flush());
  }

  /** Tells at once what was added. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const groups = this.#groups;
    this.#groups = new Map();
    for (const { source, reason, lines } of groups.values()) {
      const ranges = rangesOf(lines);
      const word = lines.length === 1 ? 'line' : 'lines';
      this.#note({
        type: 'lines-not-stored',
        level: 'error',
        lines: [`${word} ${ranges} of ${source}: not stored: ${reason}`],
        fields: { source, numbers: ranges, count: lines.length, reason },
      });
    }
  }
}

/** `3-9, 12`: numbers in order, runs as ranges. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = Math.max(last[1], number);
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

/**
 * `--failed FILE`: the lines that were not stored, as they were. A regular file is replaced at the end of the run, so that
 * it can be the input of the same run; until then the lines are in a file beside it. Anything else (a device, a pipe such as
 * the shell's `>(…)`) is written to as it is: a rename would put a regular file in the place of `/dev/null`.
 */
export class FailedLines {
  readonly #target: FailedTarget;
  readonly #ending: Uint8Array;
  readonly #descriptor: number;
  /** Lines that wait until a long line, which is written in parts, is complete. */
  #waiting: Uint8Array[] | undefined;
  #problem: Error | undefined;
  #isFinished = false;

  /** @throws HaError `CONFIG` when the file cannot be written there. */
  constructor(file: string, ending: Uint8Array, pid: number) {
    this.#ending = ending;
    try {
      this.#target = targetOf(file, pid);
      this.#descriptor = openTarget(this.#target);
    } catch (error) {
      const why = FAILED_PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
      const message = `--failed ${file} cannot be written: ${why}. Choose another place.`;
      throw new HaError('CONFIG', message, { cause: error });
    }
  }

  /** Why lines are missing in the file; undefined when none are. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  add(line: Uint8Array): void {
    if (this.#waiting === undefined) this.#write(line, this.#ending);
    else this.#waiting.push(line);
  }

  /** A part of a line that is too long to be held. */
  addPart(bytes: Uint8Array, isLast: boolean): void {
    this.#waiting ??= [];
    this.#write(bytes);
    if (!isLast) return;
    this.#write(this.#ending);
    const lines = this.#waiting;
    this.#waiting = undefined;
    for (const line of lines) this.add(line);
  }

  /** Puts the file in its place. Safe to call twice; it does not wait, so that a second signal can call it. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    try {
      if (this.#waiting !== undefined) this.addPart(Buffer.alloc(0), true);
      closeSync(this.#descriptor);
      if (this.#target.type === 'replaced') renameSync(this.#target.partial, this.#target.file);
    } catch (error) {
      this.#problem ??= error as Error;
    }
  }

  /** Nothing was read: the file stays as it was. */
  discard(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    closeSync(this.#descriptor);
    if (this.#target.type === 'replaced') unlinkSync(this.#target.partial);
  }

  #write(...parts: readonly Uint8Array[]): void {
    try {
      for (const part of parts) {
        for (let at = 0; at < part.byteLength;) at += writeSync(this.#descriptor, part, at);
      }
    } catch (error) {
      this.#problem ??= error as Error;
    }
  }
}

type FailedTarget =
  | { readonly type: 'replaced'; readonly file: string; readonly partial: string; readonly mode: number }
  | { readonly type: 'written-to'; readonly file: string; readonly isPipe: boolean };

const FAILED_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist (ENOENT)',
  EACCES: 'permission denied (EACCES)',
  EISDIR: 'it is a directory (EISDIR)',
  ENXIO: 'it is a pipe that no process reads (ENXIO)',
  EROFS: 'the file system is read-only (EROFS)',
  ENOSPC: 'the disk is full (ENOSPC)',
};

/** A new file is for its owner only: it holds messages. */
const MODE = 0o600;

function targetOf(path: string, pid: number): FailedTarget {
  const stat = statSync(path, { throwIfNoEntry: false });
  // Of a link, the file that it names is replaced; a link that names nothing yet is replaced itself.
  if (stat === undefined)
    return { type: 'replaced', file: path, partial: `${path}.${pid}.partial`, mode: MODE };
  if (stat.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
  if (!stat.isFile()) return { type: 'written-to', file: path, isPipe: stat.isFIFO() };
  const file = realpathSync(path);
  return { type: 'replaced', file, partial: `${file}.${pid}.partial`, mode: stat.mode & 0o777 };
}

function openTarget(target: FailedTarget): number {
  if (target.type === 'replaced') return openSync(target.partial, 'w', target.mode);
  if (!target.isPipe) return openSync(target.file, 'w');
  // Without O_NONBLOCK, opening a pipe that no process reads blocks the whole program.
  const probe = openSync(target.file, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    return openSync(target.file, 'w');
  } finally {
    closeSync(probe);
  }
}
