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
  /** `because`: the system's code (EBUSY, EACCES, …) for why the file could not be replaced. */
  | { readonly type: 'in-place'; readonly because: string };

/**
 * What the file says, not checked yet; no file is an empty one. Throws `CONFIG`, with the line, when it is not what a
 * record can be, and `RECORD` when the system refuses to read it.
 */
export async function readRecordFile(file: string, disk: Disk): Promise<WrittenRecord> {
  return parseRecord((await readText(file, disk)) ?? '', file);
}

/**
 * Makes the file say `record`, atomically where the directory allows it, and keeps what others wrote into it, its
 * permissions, and the link if it is one. A file that says so already is not touched. Processes that write at once
 * overwrite one another: one of the records stays, whole. Throws `RECORD` when the system refuses, `CONFIG` when what is
 * there is not a file that could be read back.
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
    // Java would refuse this file: it is written anew, without the lines for which it would.
    return false;
  }
}

/** The file of the state that belongs to a record. */
export function stateFileOf(recordFile: string): string {
  return `${recordFile}.state`;
}

/** The state of our own processes beside the record. Never throws: what is damaged or of another user is a warning. */
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
 * Changes the state; what the change does not name stays. Readable by this user only. A damaged file, or one that cannot be
 * read, is written anew. Throws `RECORD` when the system refuses.
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
