import { statSync } from 'node:fs';
import { join } from 'node:path';

import { DamagedFile, diskProblem, openingProblem } from './disk-problem.ts';
import { MessageFile } from './message-file.ts';
import { failedLine } from './json-lines.ts';
import { appendSynced, failedFile, fileNumbers, makeFile, syncDirectory } from './places.ts';
import { whatIsMissing } from './missing-messages.ts';
import type { KeyPage, OutboxTotals, PageLimits, StoreAnswer, StoreNews } from './outbox-store.ts';
import { Recovery } from './recovery.ts';
import { Reserve } from './reserve.ts';
import { packSegments, type Segment } from './segment.ts';

/** A file that has become empty and is larger than so many bytes of messages is shrunk. */
const SHRINK_FROM_BYTES = 16 * 1_048_576;

const GONE = 'its files were removed, or moved away, while they were in use';

interface DiskStoreParts {
  /** Exists, and belongs to this process. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly news: (news: StoreNews) => void;
  /** Bytes; 8 MiB when absent. */
  readonly reserveBytes?: number;
  /** Tests hand in files that fail. */
  readonly openFile?: (path: string) => MessageFile;
}

/**
 * The messages of a directory, synchronously. The file with the highest number is the one in use. Those with lower
 * numbers were found damaged: what is readable in them goes into the one in use, then they are renamed and stay. A new
 * file gets its number before anything is taken from the damaged one, so a crash at any point loses neither.
 */
export class DiskStore {
  readonly #parts: DiskStoreParts;
  readonly #openFile: (path: string) => MessageFile;
  readonly #reserve: Reserve;
  #file: MessageFile | undefined;
  #number = 0;
  #inode: bigint | undefined;
  #stopped: string | undefined;
  #recoveries: Recovery[] = [];
  readonly lastSequence: number;
  /** Bytes of messages that the file has held at most since it was last shrunk. */
  #most = 0;

  /** @throws what makes the directory unusable: no permission, a full disk, a newer format. Damage does not. */
  constructor(parts: DiskStoreParts) {
    this.#parts = parts;
    this.#openFile = parts.openFile ?? ((path) => new MessageFile(path));
    this.#reserve = new Reserve(parts.directory, parts.reserveBytes);
    const newest = fileNumbers(parts.directory).at(-1) ?? 1;
    let last = 0;
    try {
      const missing = whatIsMissing(parts.directory);
      if (missing !== undefined) throw new DamagedFile(missing);
      this.#use(newest);
      last = this.#inUse.lastSequence;
    } catch (error) {
      if (diskProblem(error) !== 'damaged') throw error;
      this.#number = newest;
      // What was removed may have left a log, which is read as that of an empty file.
      makeFile(this.#path(newest));
      this.#replaceDamaged(error);
    }
    for (const number of fileNumbers(parts.directory))
      if (number < this.#number) this.#recoveries.push(new Recovery(this.#path(number)));
    for (const recovery of this.#recoveries) last = Math.max(last, recovery.lastSequence());
    this.lastSequence = last;
  }

  get totals(): OutboxTotals {
    return this.#file?.totals ?? { messages: 0, bytes: 0 };
  }

  get isRecovering(): boolean {
    return this.#recoveries.length > 0 && this.#stopped === undefined;
  }

  append(segments: readonly Segment[]): StoreAnswer<OutboxTotals> {
    return this.#run(() => {
      this.#reserve.make();
      this.#inUse.append(segments);
      this.#most = Math.max(this.#most, this.totals.bytes);
      return this.totals;
    });
  }

  read(after: number, limits: PageLimits): StoreAnswer<readonly Segment[]> {
    return this.#run(() => this.#inUse.read(after, limits));
  }

  keys(after: number, messages: number): StoreAnswer<KeyPage> {
    return this.#run(() => this.#inUse.keys(after, messages));
  }

  remove(sequences: Float64Array): StoreAnswer<OutboxTotals> {
    for (const recovery of this.#recoveries) recovery.leaveOut(sequences);
    const answer = this.#run(() => this.#remove(sequences));
    if (answer.type === 'full' && this.#freeReserve()) return this.#run(() => this.#remove(sequences));
    return answer;
  }

  /**
   * Gives the space of what was removed back to the file system, once nothing is left. It takes so long that it comes after the
   * answer to the removal.
   */
  shrinkWhenEmpty(): void {
    if (this.totals.messages > 0 || this.#most <= SHRINK_FROM_BYTES || this.isRecovering) return;
    this.#most = 0;
    // On a full disk the file stays as large as it is.
    this.#run(() => this.#inUse.shrink());
  }

  /** The file is synced before the rows are removed: a crash in between makes a copy of the message at worst. */
  setAside(sequences: Float64Array, because: string): StoreAnswer<OutboxTotals> {
    const written = this.#run(() => {
      const rows = this.#inUse.some(sequences);
      appendSynced(failedFile(this.#parts.directory), rows.map((row) => failedLine(row, because)).join(''));
    });
    return written.type === 'done' ? this.remove(sequences) : written;
  }

  /** Copies some more of what is readable in a damaged file. Gives what went wrong, if anything did. */
  recoverSome(): StoreAnswer<null> {
    const [recovery] = this.#recoveries;
    if (recovery === undefined) return { type: 'done', value: null };
    return this.#run(() => {
      const rows = recovery.next();
      if (rows.length > 0) {
        const before = this.totals.messages;
        this.#inUse.appendRecovered(packSegments(rows).segments);
        recovery.taken(this.totals.messages - before);
        return null;
      }
      const setAside = recovery.setAside(this.#parts.directory, this.#parts.wall());
      this.#recoveries.shift();
      const { messages, missing } = recovery;
      const isLast = this.#recoveries.length === 0;
      this.#parts.news({ type: 'recovered', setAside, messages, missing, isLast, totals: this.totals });
      return null;
    });
  }

  /** Also when it was stopped: nothing is written then. */
  close(): void {
    const isEmpty = !this.isRecovering && this.totals.messages === 0;
    if (this.#stopped === undefined && !isEmpty && !this.#isInPlace()) this.#stop(GONE);
    this.#file?.close();
    this.#file = undefined;
    if (this.#stopped === undefined && isEmpty) this.#reserve.free();
    this.#stopped ??= 'it is closed';
  }

  get #inUse(): MessageFile {
    if (this.#file === undefined) throw new Error(this.#stopped);
    return this.#file;
  }

  #path(number: number): string {
    return join(this.#parts.directory, `messages-${number}.db`);
  }

  #use(number: number): void {
    this.#number = number;
    try {
      this.#file = this.#openFile(this.#path(number));
    } catch (error) {
      // Opening takes some space too, and what is on a full disk must be sent all the same.
      if (diskProblem(error) === 'damaged' || !this.#reserve.free()) throw error;
      this.#file = this.#openFile(this.#path(number));
    }
    this.#inode = inodeOf(this.#path(number));
    this.#most = this.totals.bytes;
    syncDirectory(this.#parts.directory);
  }

  #replaceDamaged(error: unknown): void {
    const file = this.#path(this.#number);
    this.#parts.news({ type: 'damaged', file, because: openingProblem(error) });
    try {
      this.#file?.close();
    } catch {
      // A damaged file need not close properly.
    }
    this.#use(this.#number + 1);
  }

  #run<T>(act: () => T): StoreAnswer<T> {
    if (this.#stopped !== undefined) return { type: 'stopped', because: this.#stopped };
    try {
      return { type: 'done', value: act() };
    } catch (error) {
      const because = openingProblem(error);
      switch (diskProblem(error)) {
        case 'full':
          return { type: 'full', because };
        case 'damaged':
          return this.#afterDamage(error, act);
        case 'broken':
          return this.#stop(because);
      }
    }
  }

  /** Goes on with a fresh file. */
  #afterDamage<T>(error: unknown, act: () => T): StoreAnswer<T> {
    try {
      const damaged = this.#path(this.#number);
      this.#replaceDamaged(error);
      this.#recoveries.push(new Recovery(damaged));
      return { type: 'done', value: act() };
    } catch (again) {
      return this.#stop(openingProblem(again));
    }
  }

  /** The file that is open is the one that the next process finds. */
  #isInPlace(): boolean {
    return inodeOf(this.#path(this.#number)) === this.#inode;
  }

  /** After a failed write or sync it is unknown what is on disk: the pages may be marked clean without being written. */
  #stop(problem: string): { readonly type: 'stopped'; readonly because: string } {
    const isGone = !this.#isInPlace();
    const because = isGone ? GONE : problem;
    this.#stopped = because;
    try {
      this.#file?.close();
      // What is told now needs not be told by the next process.
      if (isGone && whatIsMissing(this.#parts.directory) !== undefined) this.#reserve.free();
    } catch {
      // Nothing more can be done with it.
    }
    this.#file = undefined;
    this.#parts.news({ type: isGone ? 'gone' : 'stopped', because });
    return { type: 'stopped', because };
  }

  #remove(sequences: Float64Array): OutboxTotals {
    this.#inUse.remove(sequences);
    return this.totals;
  }

  /** False: there is no reserve any more. */
  #freeReserve(): boolean {
    if (!this.#reserve.free()) return false;
    try {
      this.#inUse.checkpoint();
    } catch {
      // The removal that follows says why.
    }
    return true;
  }
}

/** Undefined: there is no such file. */
function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
