import { HaError } from '../errors.ts';
import { errnoOf } from './disk.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'give this user the right to it, or choose another place with --record-file',
  EPERM: 'give this user the right to it, or choose another place with --record-file',
  EROFS: 'that disk is read-only; choose another place with --record-file',
  ENOSPC: 'that disk is full; make room',
  EDQUOT: "this user's share of that disk is used up; make room",
  ENOENT: 'its directory does not exist; make it, or choose another place with --record-file',
  ENOTDIR: 'a part of that path is a file; choose another place with --record-file',
  EISDIR: 'it is a directory; choose a file with --record-file',
  ELOOP: 'its links lead in a circle; mend them, or choose another place with --record-file',
  EMFILE: 'this process has too many files open; raise its limit (ulimit -n)',
};

/** A `RECORD` error that says what could not be done, why, and what to do about it; an `HaError` stays as it is. */
export function diskTrouble(what: 'read' | 'written', file: string, error: unknown): HaError {
  if (error instanceof HaError) return error;
  const code = errnoOf(error) ?? '';
  const remedy = REMEDIES[code] ?? (error instanceof Error ? error.message : String(error));
  return new HaError('RECORD', `${file} cannot be ${what}${code === '' ? '' : ` (${code})`}: ${remedy}`, {
    cause: error,
  });
}
