import { HaError } from '../errors.ts';
import { diskTrouble, type Disk } from './disk.ts';
import { endOfLinks } from './safe-file.ts';
import {
  MAX_RECORD_BYTES,
  parseRecord,
  rewriteRecord,
  saysTheSame,
  textOfProperties,
  type StreamRecord,
  type WrittenRecord,
} from './format.ts';
import { readSmallFile, replaceFile } from './safe-file.ts';
import { NO_STATE, parseState, rewriteState, type RuntimeState, type StateTrust } from './state-format.ts';

/** How a write ended. */
export type Written =
  | { readonly type: 'unchanged' }
  | { readonly type: 'replaced' }
  /**
   * Written over the existing file, not atomically. `because`: the system's code (EBUSY, EACCES, …) why it could not be
   * replaced.
   */
  | { readonly type: 'in-place'; readonly because: string };

/**
 * Reads the record, unchecked; a missing file is an empty record. Throws `CONFIG`, with the line, when it cannot be a
 * record, and `RECORD` when the system refuses to read it.
 */
export async function readRecordFile(file: string, disk: Disk): Promise<WrittenRecord> {
  return parseRecord((await readText(file, disk)) ?? '', file);
}

/**
 * Writes the record, atomically where the directory allows that. Other keys, comments, permissions and a link in its
 * place are kept. A file that says the same is not touched. Of processes that write at once, one wins, and the file is
 * always whole. Throws `RECORD` when the system refuses, `CONFIG` when the present file could not be read back.
 */
export async function writeRecordFile(file: string, record: StreamRecord, disk: Disk): Promise<Written> {
  try {
    const target = await endOfLinks(file, disk);
    const before = await readSmallFile(target, disk);
    const existing = before === undefined ? '' : textOfProperties(before.bytes, file);
    if (before !== undefined && saysAlready(existing, file, record)) return { type: 'unchanged' };
    const text = rewriteRecord(existing, record);
    if (text.length > MAX_RECORD_BYTES) {
      const problem = `${file} would grow beyond ${MAX_RECORD_BYTES} bytes and could not be read back`;
      throw new HaError('CONFIG', `${problem}; shorten what else is in it`);
    }
    return written(await replaceFile(target, { bytes: Buffer.from(text, 'latin1') }, disk));
  } catch (error) {
    throw diskTrouble('written', file, error);
  }
}

function saysAlready(text: string, file: string, record: StreamRecord): boolean {
  try {
    return saysTheSame(parseRecord(text, file), record);
  } catch {
    // Java would refuse this file: it is rewritten without the lines that cause it.
    return false;
  }
}

/** The state file that belongs to a record. */
export function stateFileOf(recordFile: string): string {
  return `${recordFile}.state`;
}

/** Reads the state beside the record. Never throws: a damaged file, or one of another user, is a warning. */
export async function readStateFile(
  recordFile: string,
  trust: StateTrust,
  disk: Disk,
): Promise<{ state: RuntimeState; warnings: readonly string[] }> {
  const file = stateFileOf(recordFile);
  try {
    return parseState((await readText(file, disk)) ?? '', file, trust);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { state: NO_STATE, warnings: [`${because}. What it says is not used`] };
  }
}

/**
 * Changes the state; fields that the change does not name stay. Only this user can read the file. A damaged or
 * unreadable file is replaced. Throws `RECORD` when the system refuses.
 */
export async function writeStateFile(
  recordFile: string,
  change: Partial<RuntimeState>,
  disk: Disk,
): Promise<Written> {
  const file = stateFileOf(recordFile);
  try {
    const target = await endOfLinks(file, disk);
    const existing = await readText(target, disk).catch(() => undefined);
    const text = rewriteState(existing ?? '', change);
    if (text.trimEnd() === existing?.trimEnd()) return { type: 'unchanged' };
    return written(await replaceFile(target, { bytes: Buffer.from(text, 'latin1'), mode: 0o600 }, disk));
  } catch (error) {
    throw diskTrouble('written', file, error);
  }
}

async function readText(file: string, disk: Disk): Promise<string | undefined> {
  try {
    const found = await readSmallFile(await endOfLinks(file, disk), disk);
    return found === undefined ? undefined : textOfProperties(found.bytes, file);
  } catch (error) {
    throw diskTrouble('read', file, error);
  }
}

function written(because: string | undefined): Written {
  return because === undefined ? { type: 'replaced' } : { type: 'in-place', because };
}
