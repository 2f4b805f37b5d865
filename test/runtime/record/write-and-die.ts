/**
 * A process of its own: writes a record and kills itself (SIGKILL) before the given step, or in the middle of it when that
 * is the writing of the bytes. When there are fewer steps it says how many.
 */
import type { FileHandle } from 'node:fs/promises';

import { writeRecordFile } from '../../../runtime/record/record-file.ts';
import { faultyDisk } from './faulty-disk.ts';
import { recordOf } from './samples.ts';

const [file = '', fatal = '', unique = ''] = process.argv.slice(2);
let steps = 0;

const disk = faultyDisk(async (step, [bytes], target) => {
  steps += 1;
  if (steps < Number(fatal)) return;
  if (step === 'handle.writeFile') await writeHalf(target as FileHandle, bytes as Uint8Array);
  process.kill(process.pid, 'SIGKILL');
});

async function writeHalf(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  await handle.write(bytes, 0, Math.floor(bytes.length / 2));
}

await writeRecordFile(file, recordOf(unique), disk);
process.stdout.write(String(steps));
