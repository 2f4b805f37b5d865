import type { Clock } from '../clock.ts';
import { backoffMs } from '../core/index.ts';
import type { EventListener, WarningCode } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import type { StreamRecord } from './format.ts';
import { stateFileOf, writeRecordFile, writeStateFile, type Written } from './record-file.ts';
import { inPlaceWarning } from './safe-file.ts';
import type { RuntimeState } from './state-format.ts';

/** The record as the runtime writes it: with the active region. */
type ActiveStreamRecord = StreamRecord & { readonly activeRegion: string };

/** Writes record and state in the background, so that a full or read-only disk never delays a message. */
export interface RecordKeeper {
  /**
   * Writes this record, unless the file says the same already. A record that is still waiting to be written is
   * replaced. Returns at once.
   */
  keep(record: ActiveStreamRecord): void;
  /**
   * Changes the state in the same way. Fields that the change does not name stay as they are in the file, because
   * processes that share the record share the state. A failure of one of the two files does not stop the other.
   */
  keepState(change: Partial<RuntimeState>): void;
  /** Resolves when the record is written, and the state is too or has failed once. */
  settled(): Promise<void>;
  /**
   * Tries once more to write what is waiting, without delay, then stops; after 2 s in any case. Never rejects: a
   * `warning` names what was not written.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RecordKeeperOptions {
  /** The record; the state is in the file beside it. */
  readonly file: string;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly disk?: Disk;
}

const RETRIES = { baseDelayMs: 250, maxDelayMs: 10_000 };
const CLOSE_LIMIT_MS = 2_000;

/** Emits `record-written`, and for each failure `record-failed` with the wait before the next attempt. */
export function keepRecord({ file, clock, emit, disk = systemDisk }: RecordKeeperOptions): RecordKeeper {
  const closing = new AbortController();
  const shared = { clock, emit, closing: closing.signal };
  const record = keepFile<ActiveStreamRecord>({
    ...shared,
    file,
    write: (value) => writeRecordFile(file, value, disk),
    changed: ({ activeRegion }) => emit({ type: 'record-written', file, activeRegion }),
  });
  const state = keepFile<Partial<RuntimeState>>({
    ...shared,
    file: stateFileOf(file),
    write: (value) => writeStateFile(file, value, disk),
    changed: () => undefined,
    // A state that cannot be written (a directory of another user) changes little: one warning is enough.
    tellsOnce: true,
  });

  async function settled(): Promise<void> {
    await Promise.all([record.written(), state.tried()]);
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    closing.abort();
    const { promise: tooLong, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(CLOSE_LIMIT_MS, () => {
      for (const each of [record, state]) each.giveUp();
      resolve();
    });
    await Promise.race([Promise.all([record.written(), state.written()]), tooLong]);
    cancel();
  }
  const closeOnce = (): Promise<void> => (closed ??= close());

  return {
    keep: (value) => record.keep(() => value),
    keepState: (change) => state.keep((waiting) => ({ ...waiting, ...change })),
    settled,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

interface KeptFile<T> {
  readonly file: string;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly closing: AbortSignal;
  readonly write: (value: T) => Promise<Written>;
  readonly changed: (value: T) => void;
  /** A failure that repeats is reported once. */
  readonly tellsOnce?: true;
}

/** Writes the latest value of one file, and retries until it succeeds. */
function keepFile<T extends object>(kept: KeptFile<T>) {
  const { file, clock, emit, closing, write, changed, tellsOnce = false } = kept;
  let waiting: T | undefined;
  let busy = false;
  let written = Promise.resolve();
  let tried = Promise.withResolvers<void>();
  tried.resolve();
  let toldInPlace = false;
  let told = '';

  const warn = (code: WarningCode, message: string): void => emit({ type: 'warning', code, message });

  async function writeAll(): Promise<void> {
    busy = true;
    tried = Promise.withResolvers();
    for (let failed = 0; waiting !== undefined;) {
      const value = waiting;
      const lastTry = closing.aborted;
      const outcome = await write(value).catch(asError);
      if (!(outcome instanceof Error)) {
        failed = 0;
        told = '';
        if (waiting === value) waiting = undefined;
        if (outcome.type === 'in-place') tellInPlace(outcome.because);
        if (outcome.type !== 'unchanged') changed(value);
      } else if (lastTry) {
        if (waiting !== undefined) warn('record-not-written', `${outcome.message}. It stays as it was`);
        waiting = undefined;
      } else {
        failed += 1;
        tried.resolve();
        const retryInMs = backoffMs(failed, undefined, RETRIES, clock.random());
        if (!tellsOnce || told !== outcome.message) {
          emit({ type: 'record-failed', file, error: outcome, retryInMs });
        }
        told = outcome.message;
        await clock.sleep(retryInMs, { signal: closing }).catch(() => undefined);
      }
    }
    tried.resolve();
    busy = false;
  }

  function tellInPlace(because: string): void {
    if (toldInPlace) return;
    toldInPlace = true;
    warn('file-in-place', inPlaceWarning(file, because));
  }

  return {
    /** `next` gives the value to write, from the one that is still waiting. */
    keep(next: (waiting: T | undefined) => T): void {
      if (closing.aborted) return;
      waiting = next(waiting);
      if (!busy) written = writeAll();
    },
    written: (): Promise<void> => written,
    /** Resolves when the value is written, or has failed for the first time. */
    tried: (): Promise<void> => tried.promise,
    giveUp(): void {
      if (waiting === undefined) return;
      waiting = undefined;
      warn(
        'record-not-written',
        `${file} was not written in time: the disk does not answer. It stays as it was`,
      );
    },
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
