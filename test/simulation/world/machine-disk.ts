import type { OutboxRow } from '../../../runtime/outbox/outbox-store.ts';
import type { Owner, Scheduler } from './scheduler.ts';

/** The messages of one process on the disk of a machine: what is in here is synced, and survives the process. */
export interface OutboxPlace {
  readonly name: string;
  readonly rows: Map<number, OutboxRow>;
  /** Set aside, with the reason. */
  readonly aside: { readonly row: OutboxRow; readonly because: string }[];
  lastSequence: number;
  holder: Owner | undefined;
}

export interface DiskFile {
  bytes: Buffer;
  /** False: a loss of power leaves half of it. */
  isSynced: boolean;
  mode: number;
  readonly inode: number;
  writes: number;
  writtenAt: number;
}

export type DiskTrouble = 'ENOSPC' | 'EROFS' | 'hang';

/** The disk of a machine: files of one directory. */
export class MachineDisk {
  readonly files = new Map<string, DiskFile>();
  readonly places: OutboxPlace[] = [];
  readonly watchers = new Set<{ readonly process: Owner; readonly changed: (name: string) => void }>();
  readonly #scheduler: Scheduler;
  trouble: DiskTrouble | undefined;
  /** Since when it has been well, in virtual ms. */
  wellSince = 0;
  #inode = 1;
  /** Those who wait for a disk that does not answer. */
  #waiting: (() => void)[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  setTrouble(trouble: DiskTrouble | undefined, now: number): void {
    this.trouble = trouble;
    if (trouble === undefined) this.wellSince = now;
    if (trouble === 'hang') return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Resolves when the disk answers. */
  answers(): Promise<void> {
    if (this.trouble !== 'hang') return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  make(name: string, mode: number, now: number): DiskFile {
    const file: DiskFile = {
      bytes: Buffer.alloc(0),
      isSynced: true,
      mode,
      inode: this.#inode++,
      writes: 0,
      writtenAt: now,
    };
    this.files.set(name, file);
    return file;
  }

  /** What was written and not synced is half there. */
  losePower(): void {
    for (const file of this.files.values()) {
      if (file.isSynced) continue;
      file.bytes = file.bytes.subarray(0, file.bytes.length >> 1);
      file.isSynced = true;
    }
  }

  text(name: string): string | undefined {
    return this.files.get(name)?.bytes.toString('latin1');
  }

  /** Tells who watches the directory that a file has changed. */
  tell(name: string): void {
    for (const watcher of this.watchers) {
      this.#scheduler.after(1, () => this.watchers.has(watcher) && watcher.changed(name), watcher.process);
    }
  }
}
