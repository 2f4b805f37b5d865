import { basename, dirname } from 'node:path';

import type { Clock } from '../clock.ts';
import type { Disk } from './disk.ts';

/** Half a second: a change is seen within one, even where the system reports none (network disks, links). */
const LOOK_EVERY_MS = 500;
/** The Java program, and editors, empty a file first and fill it then: it must have been still this long to be read. */
const STILL_MS = 40;
/** A file that is never still is read nevertheless, after so many times `STILL_MS`. */
const MAX_RESTLESS = 10;

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
    // Whoever reads it will hear why.
    return 'unknown';
  }
}
