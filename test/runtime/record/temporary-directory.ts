import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one test, with the record's usual name in it; gone at the end of the block. */
export function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'record-'));
  const file = join(path, 'stream.properties');
  return {
    path,
    file,
    at: (name: string): string => join(path, name),
    write: (text: string): void => writeFileSync(file, text, 'latin1'),
    text: (): string => readFileSync(file, 'latin1'),
    names: (): string[] => readdirSync(path).sort(),
    [Symbol.dispose]: (): void => rmSync(path, { recursive: true, force: true }),
  };
}
