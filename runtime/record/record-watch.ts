import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import { watchFile } from './file-watch.ts';
import { readRecordFile } from './record-file.ts';
import { judgeRecord, type RecordTrust, type StreamRecord } from './stream-record.ts';

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
 * (named-secondary.ts) or cannot be read is a `warning`, once, and what was known stays. Neither the file nor its
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
      const { record, warnings } = judgeRecord(await readRecordFile(file, disk), settings);
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
