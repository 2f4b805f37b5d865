import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that is deleted with this process, if not before: there can be gigabytes in it. */
export function newDirectory(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'oci-ha-bench-'));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { directory, remove };
}

/** Calls `run` with a new directory, and deletes it. */
export async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const { directory, remove } = newDirectory();
  try {
    return await run(directory);
  } finally {
    remove();
  }
}
