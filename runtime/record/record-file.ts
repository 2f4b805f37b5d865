import { HaError } from '../errors.ts';
import { diskTrouble } from './disk-trouble.ts';
import type { Disk } from './disk.ts';
import { MAX_RECORD_BYTES, readSmallFile } from './read-file.ts';
import { endOfLinks, replaceFile } from './replace-file.ts';
import { parseRecord, rewriteRecord, type StreamRecord, type WrittenRecord } from './stream-record.ts';

/**
 * What the file says, not judged yet; no file is an empty one. Throws `CONFIG`, with the line, when it is not what a
 * record can be, and `RECORD` when the system refuses to read it.
 */
export async function readRecordFile(file: string, disk: Disk): Promise<WrittenRecord> {
  const found = await readSmallFile(file, disk);
  return parseRecord(found?.text ?? '', file);
}

/**
 * Makes the file say `record`, atomically, and keeps what others wrote into it, its permissions, and the link if it is
 * one. Processes that write at once overwrite one another: one of the records stays, whole. Throws `RECORD` when the
 * system refuses, `CONFIG` when what stands there is not a file that could be read back.
 */
export async function writeRecordFile(file: string, record: StreamRecord, disk: Disk): Promise<void> {
  try {
    const target = await endOfLinks(file, disk);
    const before = await readSmallFile(target, disk);
    const text = rewriteRecord(before?.text ?? '', record);
    if (text.length > MAX_RECORD_BYTES) {
      const problem = `${file} would grow beyond ${MAX_RECORD_BYTES} bytes and could not be read back`;
      throw new HaError('CONFIG', `${problem}; shorten what else is in it`);
    }
    await replaceFile(target, Buffer.from(text, 'latin1'), before?.access, disk);
  } catch (error) {
    throw diskTrouble('written', file, error);
  }
}
