import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that is deleted with this process, if not before: a worker is ended in the middle of what it does. */
export function newDirectory(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'oci-ha-bench-'));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { directory, remove };
}

/** Calls `run` with a new directory, and deletes it; also when the program is stopped: there can be gigabytes in it. */
export async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const { directory, remove } = newDirectory();
  const stop = (): never => process.exit(1);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await run(directory);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    remove();
  }
}
