import type { Clock } from '../clock.ts';
import { backoffMs } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import { writeRecordFile } from './record-file.ts';
import type { StreamRecord } from './stream-record.ts';

/** A record that names the active region: what the manager writes. */
type ActiveRecord = StreamRecord & { readonly activeRegion: string };

/** Writes the record in the background, so that a full or read-only disk never holds up a message. */
export interface RecordKeeper {
  /** Writes this; what still waits to be written is forgotten. Returns at once. */
  keep(record: ActiveRecord): void;
  /** Resolves when nothing waits to be written. */
  settled(): Promise<void>;
  /** Tries what waits once more, without delay, then stops. Never rejects: a `warning` says what was not written. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RecordKeeperOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly disk?: Disk;
}

const RETRIES = { baseDelayMs: 250, maxDelayMs: 10_000 };

/** Emits `record-written` and, for each failure, `record-failed` with the wait before the next try. */
export function keepRecord({ file, clock, emit, disk = systemDisk }: RecordKeeperOptions): RecordKeeper {
  let waiting: ActiveRecord | undefined;
  let busy = false;
  let written = Promise.resolve();
  const closing = new AbortController();

  async function writeAll(): Promise<void> {
    let failed = 0;
    busy = true;
    while (waiting !== undefined) {
      const record = waiting;
      const lastTry = closing.signal.aborted;
      try {
        await writeRecordFile(file, record, disk);
        failed = 0;
        if (waiting === record) waiting = undefined;
        emit({ type: 'record-written', file, activeRegion: record.activeRegion });
      } catch (error) {
        if (lastTry) {
          waiting = undefined;
          emit({
            type: 'warning',
            about: 'record',
            message: `${(error as Error).message}. It stays as it was`,
          });
          break;
        }
        failed += 1;
        const retryInMs = backoffMs(failed, undefined, RETRIES, clock.random());
        emit({ type: 'record-failed', file, error: error as Error, retryInMs });
        await clock.sleep(retryInMs, { signal: closing.signal }).catch(() => undefined);
      }
    }
    busy = false;
  }

  async function close(): Promise<void> {
    closing.abort();
    await written;
  }

  return {
    keep(record) {
      if (closing.signal.aborted) return;
      waiting = record;
      if (!busy) written = writeAll();
    },
    settled: () => written,
    close,
    [Symbol.asyncDispose]: close,
  };
}
