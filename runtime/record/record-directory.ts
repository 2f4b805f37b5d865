import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { HaError } from '../errors.ts';

/** @throws HaError `RECORD` when the directory of the record does not exist: no switch could be written down. */
export function checkRecordDirectory(file: string): void {
  const directory = dirname(resolve(file));
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  const problem = stat === undefined ? 'does not exist' : 'is not a directory';
  throw new HaError(
    'RECORD',
    `The directory of the record file ${file} ${problem}: ${directory}. Make it, or choose another place with --record-file (STREAM_PROPERTIES).`,
  );
}
