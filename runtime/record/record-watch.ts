import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import { checkRecord, type RecordTrust, type StreamRecord } from './format.ts';
import { readRecordFile } from './record-file.ts';

/**
 * Every half second, so that a change is seen within one, even where the system reports none (network disks, links).
 */
const LOOK_EVERY_MS = 500;
/**
 * The Java program, and editors, truncate a file before they fill it: it is read when it has not changed for so long.
 */
const STILL_MS = 40;
/** A file that keeps changing is read after so many times `STILL_MS`. */
const MAX_RESTLESS = 10;

export interface RecordWatchOptions {
  readonly file: string;
  readonly settings: RecordTrust;
  /** What the caller believes to be in the file. A difference is reported, also at the start. */
  readonly known: StreamRecord;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly onChange: (record: StreamRecord) => void;
  readonly disk?: Disk;
}

export interface RecordWatch {
  /** No callback after this. Idempotent. */
  close(): void;
}

/**
 * Calls back, and emits `record-changed`, within a second of a change of the file's content. Content that must not be
 * used (format.ts), or that cannot be read, is one `warning`, and the last good content stays valid. Neither the file
 * nor its directory need exist yet.
 */
export function watchRecord(options: RecordWatchOptions): RecordWatch {
  const { file, settings, clock, emit, onChange, disk = systemDisk } = options;
  let known = options.known;
  let warned: readonly string[] = [];
  let open = true;

  function warn(messages: readonly string[]): void {
    for (const message of messages) {
      if (!warned.includes(message)) emit({ type: 'warning', code: 'record-not-used', message });
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
      // Wrong content stays wrong until the file changes; a refusal of the system may end, so the file is read again.
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
 * Calls `changed` at the start and whenever the file appears, disappears, or is written or replaced; again until that
 * resolves to true. One call at a time. File and directory need not exist. The returned function ends it.
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

  /** Shortens the wait. A watch on the file itself would end when the file is replaced. */
  function watchDirectory(): void {
    try {
      directory ??= disk.watch(dirname(file), (name) => {
        if (name === null || name === basename(file)) nextLook.abort();
      });
    } catch {
      // There is no such directory, or the system has no more watches: polling is enough.
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
        // Its directory may have been deleted, and the watch with it.
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
    // The read that follows reports the reason.
    return 'unknown';
  }
}
