/** The file holds something that was not written into it. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/** What an error of SQLite or of the file system means for the outbox. */
export type DiskProblem = 'full' | 'damaged' | 'broken';

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const RESULT = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
};
/** Extended codes of an input or output error. */
const IO_ERROR = {
  /** The file ends before the page does. */
  shortRead: 522,
  /** There is no room for the shared memory of a log. */
  sharedMemorySize: 4_874,
  fsync: 1_034,
  directoryFsync: 1_290,
  lock: 3_850,
  readLock: 2_314,
  unlock: 2_058,
  checkReserved: 3_594,
};

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function isFull(error: unknown): boolean {
  const code = resultCode(error) ?? 0;
  return (
    (code & 0xff) === RESULT.full || code === IO_ERROR.sharedMemorySize || systemCode(error) === 'ENOSPC'
  );
}

export function diskProblem(error: unknown): DiskProblem {
  if (error instanceof DamagedFile || resultCode(error) === IO_ERROR.shortRead) return 'damaged';
  if (isFull(error)) return 'full';
  const result = (resultCode(error) ?? 0) & 0xff;
  return result === RESULT.corrupt || result === RESULT.notADatabase ? 'damaged' : 'broken';
}

export function isHeld(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === RESULT.busy;
}

/** Why an outbox cannot be opened, with its remedy. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'the directory above it does not exist: make it, or name another one',
  ENOTDIR: 'it is not a directory',
  EEXIST: 'it is not a directory',
  EACCES: 'this user may not read or write there',
  EPERM: 'this user may not read or write there',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
  EINVAL: 'the file system has no fsync, so nothing would be safe there',
  ENOSYS: 'the file system has no fsync, so nothing would be safe there',
  ENOTSUP: 'the file system has no fsync, so nothing would be safe there',
  ELOOP: 'its symbolic links go round',
};

export function openingProblem(error: unknown): string {
  const code = systemCode(error);
  const words = code === undefined ? undefined : WORDS[code];
  if (words !== undefined) return words;
  if (isFull(error)) return 'the disk is full';
  const result = resultCode(error);
  switch (result) {
    case IO_ERROR.fsync:
    case IO_ERROR.directoryFsync:
      return 'the file system has no fsync, so nothing would be safe there';
    case IO_ERROR.lock:
    case IO_ERROR.readLock:
    case IO_ERROR.unlock:
    case IO_ERROR.checkReserved:
    case RESULT.protocol:
      return 'the file system has no locks, so two processes could use it at once';
    default:
  }
  switch ((result ?? 0) & 0xff) {
    case RESULT.readOnly:
    case RESULT.cannotOpen:
      return 'this user may not read or write there';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
