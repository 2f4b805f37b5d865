import { statSync } from 'node:fs';
import { UsageError } from './options.ts';

/**
 * To open a pipe can take for ever, and so can the read of a device; no signal ends it. A path at which there is nothing passes.
 * @throws UsageError
 */
export function refusePipe(path: string, remedy: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile() && !stat.isDirectory())
    throw new UsageError(`${path} is a pipe or a device, not a file: ${remedy}`);
}
