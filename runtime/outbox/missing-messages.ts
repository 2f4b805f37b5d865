import { statSync } from 'node:fs';
import { join } from 'node:path';

import { PAGE_SIZE } from './file-format.ts';
import { fileNumbers } from './places.ts';
import { Reserve } from './reserve.ts';

/**
 * Why the messages of a slot are not in its file, though the reserve or a log tells that there were some: SQLite would begin a
 * new database there. Undefined: they are, or there were none.
 */
export function whatIsMissing(slot: string): string | undefined {
  const [number = 1, ...others] = fileNumbers(slot);
  // A recovery was interrupted, perhaps before it wrote into its new file.
  if (others.length > 0) return undefined;
  const file = join(slot, `messages-${number}.db`);
  const bytes = sizeOf(file);
  const hadMessages = new Reserve(slot).exists;
  const hasLog = sizeOf(`${file}-wal`) > 0;
  if (bytes === -1) return hadMessages || hasLog ? `messages-${number}.db was removed` : undefined;
  // All tables are in the log until it is copied back for the first time.
  const needsLog = bytes === PAGE_SIZE && !hasLog;
  return hadMessages && (bytes < PAGE_SIZE || needsLog) ? 'it is cut off' : undefined;
}

/** -1: there is no such file. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}
