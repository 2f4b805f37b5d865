import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import { checkRecord, type RecordTrust, type StreamRecord } from './format.ts';
import { readRecordFile } from './record-file.ts';

/** Half a second: a change is seen within one, even where the system reports none (network disks, links). */
const LOOK_EVERY_MS = 500;
/** The Java program, and editors, empty a file first and fill it then: it must have been still this long to be read. */
const STILL_MS = 40;
/** A file that is never still is read nevertheless, after so many times `STILL_MS`. */
const MAX_RESTLESS = 10;

export interface RecordWatchOptions {
  readonly file: string;
  readonly settings: RecordTrust;
  /** What the caller knows the file to say: it is called back for what differs from it, also at the start. */
  readonly known: StreamRecord;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly onChange: (record: StreamRecord) => void;
  readonly disk?: Disk;
}

export interface RecordWatch {
  /** Nothing is called back after this. Idempotent. */
  close(): void;
}

/**
 * Calls back, and emits `record-changed`, within a second of the file saying something new. What must not be believed
 * (format.ts) or cannot be read is a `warning`, once, and what was known stays. Neither the file nor its
 * directory need exist yet.
 */
export function watchRecord(options: RecordWatchOptions): RecordWatch {
  const { file, settings, clock, emit, onChange, disk = systemDisk } = options;
  let known = options.known;
  let warned: readonly string[] = [];
  let open = true;

  function warn(messages: readonly string[]): void {
    for (const message of messages) {
      if (!warned.includes(message)) emit({ type: 'warning', about: 'record', message });
    }
    warned = messages;
  }

  async function read(): Promise<boolean> {
    try {
      const { record, warnings } = checkRecord(await readRecordFile(file, disk), settings);
      if (open) announce(record, warnings);
      return true;
    } catch (error) {
      if (!(error instanceof HaError)) throw error;
      if (open) warn([`${error.message}. Until then what was known stays`]);
      // What the file says is wrong until it changes; what the system refuses may be granted the next time.
      return error.code === 'CONFIG';
    }
  }

  function announce(record: StreamRecord, warnings: readonly string[]): void {
    warn(warnings);
    if (isDeepStrictEqual(record, known)) return;
    known = record;
    emit({ type: 'record-changed', file, activeRegion: record.activeRegion, secondary: record.secondary });
    onChange(record);
  }

  const end = watchFile(file, clock, disk, read);
  return {
    close() {
      open = false;
      end();
    },
  };
}

/**
 * Calls `changed` when the file appeared, went away, or was written or replaced, and once at the start; again until it
 * resolves to true. One call at a time. File and directory need not exist. Returns what ends it; nothing is called then.
 */
export function watchFile(
  file: string,
  clock: Clock,
  disk: Disk,
  changed: () => Promise<boolean>,
): () => void {
  const closed = new AbortController();
  let nextLook = new AbortController();
  let directory: { close(): void } | undefined;

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    clock.sleep(ms, { signal }).catch(() => undefined);

  async function stillStamp(seen: string): Promise<string> {
    let stamp = await stampOf(file, disk);
    for (let restless = 0; restless < MAX_RESTLESS && stamp !== seen; restless += 1) {
      await pause(STILL_MS, closed.signal);
      const later = await stampOf(file, disk);
      if (later === stamp) break;
      stamp = later;
    }
    return stamp;
  }

  /** Only a hint, to be quicker: on the directory, because a watch on the file ends when the file is replaced. */
  function watchDirectory(): void {
    try {
      directory ??= disk.watch(dirname(file), (name) => {
        if (name === null || name === basename(file)) nextLook.abort();
      });
    } catch {
      // No such directory, or no more watches to be had: looking is enough.
    }
  }

  async function lookOnAndOn(): Promise<void> {
    let seen = '';
    while (!closed.signal.aborted) {
      nextLook = new AbortController();
      watchDirectory();
      const stamp = await stillStamp(seen);
      if (!closed.signal.aborted && stamp !== seen && (await changed())) seen = stamp;
      if (stamp === ABSENT) {
        // Perhaps its directory went away, and the watch with it.
        directory?.close();
        directory = undefined;
      }
      await pause(LOOK_EVERY_MS, nextLook.signal);
    }
    directory?.close();
  }

  void lookOnAndOn();
  return () => {
    closed.abort();
    nextLook.abort();
  };
}

const ABSENT = 'absent';

async function stampOf(file: string, disk: Disk): Promise<string> {
  try {
    return (await disk.stat(file))?.stamp ?? ABSENT;
  } catch {
    // The read that follows says why.
    return 'unknown';
  }
}
